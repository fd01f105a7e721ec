internal import CLinuxHost
internal import Glibc

/// Waits for descriptors to become readable: `ppoll(2)`.
///
/// `ppoll` rather than `epoll`, because it takes regular files, too (which standard input may be),
/// needs no registration to keep in step, and unblocks a signal atomically with the wait.
public enum Poller {
  /// Descriptors of one wait, as bits: bit n stands for the n-th.
  public struct Readable: OptionSet, Sendable {
    /// Bit n is set when the n-th descriptor is readable, at its end, or in error.
    public let rawValue: UInt8
    /// Wraps the bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The bit of the n-th descriptor, n from 0 to 3.
    public static func descriptor(_ index: Int) -> Readable { Readable(rawValue: 1 << index) }
  }

  /// How many descriptors one wait may watch.
  public static let capacity = 4

  /// Waits until a descriptor is readable, the deadline passes, or ``KickSignal`` arrives.
  ///
  /// The signal is let through during the wait even where the thread blocks it. No allocation.
  ///
  /// - Parameters:
  ///   - descriptors: What to watch; a negative number is passed over.
  ///   - deadline: Nanoseconds of ``MonotonicClock``; nil waits for ever.
  ///   - admitsUserSignal: Whether SIGUSR1 may come, and end the wait (``ProcessSignals``).
  /// - Returns: The readable ones; empty after the deadline or a signal.
  public static func wait(
    for descriptors: InlineArray<4, Int32>, until deadline: UInt64? = nil,
    admitsUserSignal: Bool = false
  ) -> Readable {
    var entries = InlineArray<4, pollfd>(repeating: pollfd())
    for index in 0..<capacity {
      entries[index] = pollfd(fd: descriptors[index], events: Int16(POLLIN), revents: 0)
    }
    var mask = SignalSet.ofWait(admittingUserSignal: admitsUserSignal)
    var timeout = timespec()
    if let deadline {
      let now = MonotonicClock.now()
      let remaining = deadline > now ? deadline - now : 0
      timeout.tv_sec = Int(remaining / 1_000_000_000)
      timeout.tv_nsec = Int(remaining % 1_000_000_000)
    }
    var span = entries.mutableSpan
    // SAFETY: the kernel reads and writes `capacity` entries, a timeout and a mask, all locals that
    // live until the call returns.
    let count = unsafe span.withUnsafeMutableBufferPointer { buffer -> Int32 in
      guard let entries = buffer.baseAddress else { preconditionFailure("an empty poll") }
      return deadline == nil
        ? unsafe chost_ppoll(entries, UInt(capacity), nil, &mask)
        : unsafe chost_ppoll(entries, UInt(capacity), &timeout, &mask)
    }
    precondition(count >= 0 || count == -EINTR, "ppoll: \(Errno(rawValue: -count).message)")
    guard count > 0 else { return [] }
    var readable: Readable = []
    for index in 0..<capacity where entries[index].revents != 0 {
      readable.insert(.descriptor(index))
    }
    return readable
  }
}
