internal import CLinuxHost
internal import Glibc

/// The host's `CLOCK_MONOTONIC`, which timerfd deadlines are on too.
public enum MonotonicClock {
  /// Nanoseconds since the host booted, about; never goes back, 2^64 lasts 584 years.
  public static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

  /// `CLOCK_MONOTONIC_RAW`, in nanoseconds: what the hardware counts, which nothing adjusts; KVM's clock.
  public static func nowRaw() -> UInt64 { read(CLOCK_MONOTONIC_RAW) }

  /// `CLOCK_MONOTONIC_COARSE`, in nanoseconds: what ``now()`` showed, up to a constant, as the kernel last kept time at
  /// a tick; no system call.
  public static func coarse() -> UInt64 { read(CLOCK_MONOTONIC_COARSE) }

  static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    // SAFETY: the call writes a local that lives until it returns. It fails only for clocks that do
    // not exist.
    let result = unsafe clock_gettime(clock, &time)
    precondition(result == 0, "clock_gettime: \(Errno.last.message)")
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// The processor time of this process, all threads together: `CLOCK_PROCESS_CPUTIME_ID`.
public enum ProcessorClock {
  /// Nanoseconds since the process began.
  public static func now() -> UInt64 { MonotonicClock.read(CLOCK_PROCESS_CPUTIME_ID) }
}

/// The host's `CLOCK_REALTIME`, the wall clock.
public enum RealTimeClock {
  /// Nanoseconds since 1970; may go back when something sets the clock.
  public static func now() -> UInt64 { MonotonicClock.read(CLOCK_REALTIME) }
}
