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
  /// - Throws: ``SystemError`` naming `ppoll`, where the limit on open files was lowered below the number of
  ///   descriptors that are watched.
  public static func wait(
    for descriptors: InlineArray<4, Int32>, until deadline: UInt64? = nil,
    admitsUserSignal: Bool = false
  ) throws(SystemError) -> Readable {
    // Only what is watched: the kernel takes no more entries than the process may have open files.
    var entries = InlineArray<4, pollfd>(repeating: pollfd())
    var watched = InlineArray<4, Int>(repeating: 0)
    var count = 0
    for index in 0..<capacity where descriptors[index] >= 0 {
      entries[count] = pollfd(fd: descriptors[index], events: Int16(POLLIN), revents: 0)
      watched[count] = index
      count += 1
    }
    let ready = poll(&entries, count, until: deadline, admitsUserSignal)
    guard ready >= 0 || ready == -EINTR else {
      // Another reason for EINVAL would be a time that is none.
      throw SystemError(
        call: "ppoll", on: "\(count) descriptors", errno: Errno(rawValue: -ready),
        advice: "raise the limit on open files (ulimit -n)")
    }
    guard ready > 0 else { return [] }
    var readable: Readable = []
    for place in 0..<count where entries[place].revents != 0 {
      readable.insert(.descriptor(watched[place]))
    }
    return readable
  }

  /// Waits until the deadline passes or ``KickSignal`` arrives.
  ///
  /// The signal is let through as in ``wait(for:until:admitsUserSignal:)``. No allocation.
  ///
  /// - Parameter deadline: Nanoseconds of ``MonotonicClock``; nil waits for ever.
  public static func pause(until deadline: UInt64? = nil) {
    var none = InlineArray<4, pollfd>(repeating: pollfd())
    // Without descriptors there is nothing to refuse.
    _ = poll(&none, 0, until: deadline, false)
  }

  /// How long a wait lasts at most where the kernel refuses to watch, in nanoseconds.
  private static let blindPause: UInt64 = 10_000_000

  /// Waits as ``wait(for:until:admitsUserSignal:)`` does, for what looks by itself afterwards: where the kernel
  /// refuses to watch, it is woken after 10 ms.
  ///
  /// - Parameters:
  ///   - descriptor: What to watch.
  ///   - deadline: Nanoseconds of ``MonotonicClock``; nil waits for ever.
  public static func waitOrPause(for descriptor: Int32, until deadline: UInt64? = nil) {
    do { _ = try wait(for: [descriptor, -1, -1, -1], until: deadline) } catch {
      pause(until: min(deadline ?? .max, MonotonicClock.now() + blindPause))
    }
  }

  /// - Parameters:
  ///   - entries: What to watch, first.
  ///   - watchedCount: How many of them.
  ///   - deadline: Nanoseconds of ``MonotonicClock``; nil waits for ever.
  ///   - admitsUserSignal: Whether SIGUSR1 may come.
  /// - Returns: How many are ready, or a negative code of `errno`.
  private static func poll(
    _ entries: inout InlineArray<4, pollfd>, _ watchedCount: Int, until deadline: UInt64?,
    _ admitsUserSignal: Bool
  ) -> Int32 {
    var mask = SignalSet.ofWait(admittingUserSignal: admitsUserSignal)
    var timeout = timespec()
    if let deadline {
      let now = MonotonicClock.now()
      let remaining = deadline > now ? deadline - now : 0
      timeout.tv_sec = Int(remaining / 1_000_000_000)
      timeout.tv_nsec = Int(remaining % 1_000_000_000)
    }
    var span = entries.mutableSpan
    // SAFETY: the kernel reads and writes at most `capacity` entries, a timeout and a mask, which live until the
    // call returns.
    let result = unsafe span.withUnsafeMutableBufferPointer { buffer -> Int32 in
      guard let entries = buffer.baseAddress else { preconditionFailure("an empty poll") }
      return deadline == nil
        ? unsafe chost_ppoll(entries, UInt(watchedCount), nil, &mask)
        : unsafe chost_ppoll(entries, UInt(watchedCount), &timeout, &mask)
    }
    precondition(result != -EFAULT, "ppoll: the entries are not there")
    return result
  }
}
