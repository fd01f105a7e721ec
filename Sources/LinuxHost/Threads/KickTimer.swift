internal import CLinuxHost

/// Sends ``KickSignal`` to one thread at a time that was said: `timer_create(2)`.
///
/// Gets a vCPU out of `KVM_RUN` without a second thread. Assumes: ``KickSignal/install()``; only the thread
/// that made it uses it.
public struct KickTimer: ~Copyable {
  private let timer: UInt

  /// After how many nanoseconds the signal is repeated, and after twice that again, and so on: one that comes before
  /// the thread is in the call that it is to end is not the last.
  private static let interval: UInt64 = 500_000

  /// Creates a timer, not set, for the calling thread.
  ///
  /// - Throws: ``SystemError`` naming `timer_create`.
  public init() throws(SystemError) {
    var timer: UInt = 0
    // SAFETY: the call writes a local.
    let result = unsafe chost_create_thread_timer(KickSignal.number, &timer)
    guard result == 0 else {
      throw SystemError(
        call: "timer_create", errno: Errno(rawValue: -result),
        advice: "raise the limit on pending signals (ulimit -i)")
    }
    self.timer = timer
  }

  deinit {
    let result = chost_delete_thread_timer(timer)
    precondition(result == 0, "timer_delete of a timer of our own")
  }

  /// Has the signal come, in place of what was set before.
  ///
  /// - Parameter nanoseconds: From now; at least 1.
  public func set(in nanoseconds: UInt64) { set(max(1, nanoseconds), Self.interval) }

  /// Has the signal come once, in place of what was set before.
  ///
  /// - Parameter nanoseconds: From now; at least 1.
  public func set(onceIn nanoseconds: UInt64) { set(max(1, nanoseconds), 0) }

  /// Has it come no more.
  public func clear() { set(0, 0) }

  private func set(_ first: UInt64, _ interval: UInt64) {
    let result = chost_set_thread_timer(timer, first, interval)
    precondition(result == 0, "timer_settime: \(Errno(rawValue: -result).message)")
  }
}
