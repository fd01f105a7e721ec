internal import CLinuxHost

/// The time-stamp counter of the host's processors.
public enum HostTSC {
  /// The counter, modulo 2^64, read after everything that precedes the call.
  ///
  /// Where the host's counters are not synchronised, that of the processor that the thread is on.
  public static func now() -> UInt64 { chost_host_tsc() }
}
