internal import CLinuxHost
internal import Glibc

/// A one-shot timer of the host on `CLOCK_MONOTONIC`: `timerfd_create(2)`.
public struct TimerDescriptor: ~Copyable, Sendable {
  /// The descriptor, readable from the deadline on.
  public let descriptor: OwnedDescriptor

  /// Creates a disarmed timer, non-blocking.
  ///
  /// - Throws: ``SystemError`` naming `timerfd_create`.
  public init() throws(SystemError) {
    let flags = Int32(TFD_CLOEXEC | TFD_NONBLOCK)
    let number = try check("timerfd_create", timerfd_create(CLOCK_MONOTONIC, flags))
    descriptor = OwnedDescriptor(adopting: number)
  }

  /// Makes the descriptor readable at `deadline`, at once if that has passed.
  ///
  /// *Why 0 becomes 1*: an `it_value` of zero disarms a timerfd, so the one instant that the kernel
  /// would misread is moved by a nanosecond; both lie in the past of any running system.
  ///
  /// *Why no overflow*: `tv_sec` holds 2^63 seconds and a UInt64 of nanoseconds is less than 2^35 of
  /// them; the kernel itself saturates what its 63-bit nanoseconds cannot hold.
  ///
  /// - Parameter deadline: Nanoseconds of `CLOCK_MONOTONIC`.
  public func arm(at deadline: UInt64) { set(max(deadline, 1), Int32(TFD_TIMER_ABSTIME)) }

  /// Makes the descriptor readable after a time.
  ///
  /// - Parameter duration: Nanoseconds; 0 counts as 1, as above.
  public func arm(after duration: UInt64) { set(max(duration, 1), 0) }

  /// Stops the timer and forgets an expiry that nothing has read.
  public func disarm() { set(0, 0) }

  /// Takes the expiry.
  ///
  /// - Returns: Whether the timer had expired since it was armed.
  @discardableResult
  public func clear() -> Bool {
    var expirations: UInt64 = 0
    // SAFETY: read(2) writes eight bytes into a local that lives until it returns.
    return retrying { unsafe read(descriptor.number, &expirations, 8) } == 8
  }

  private func set(_ deadline: UInt64, _ flags: Int32) {
    var setting = itimerspec()
    setting.it_value.tv_sec = Int(deadline / 1_000_000_000)
    setting.it_value.tv_nsec = Int(deadline % 1_000_000_000)
    // SAFETY: the kernel reads the setting during the call and stores no pointer. The call cannot
    // fail: the descriptor is a timerfd of our own and tv_nsec is in range.
    let result = unsafe timerfd_settime(descriptor.number, flags, &setting, nil)
    precondition(result == 0, "timerfd_settime: \(Errno.last.message)")
  }
}
