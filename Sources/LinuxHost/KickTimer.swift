internal import CLinuxHost
internal import Glibc

/// Sends ``KickSignal`` to one thread at a time that was said: `timer_create(2)`.
///
/// Gets a vCPU out of `KVM_RUN` without a second thread. Assumes: ``KickSignal/install()``; only the thread
/// that made it uses it.
@safe public struct KickTimer: ~Copyable {
  private let timer: timer_t

  /// How often the signal is repeated, in nanoseconds: one that comes before the thread is in the call that it
  /// is to end is not the last.
  private static let interval = 500_000

  /// Creates a timer, not set, for the calling thread.
  ///
  /// - Throws: ``SystemError`` naming `timer_create`.
  public init() throws(SystemError) {
    var timer: timer_t?
    // SAFETY: the call writes a local.
    let result = unsafe chost_create_thread_timer(KickSignal.number, &timer)
    guard result == 0, let timer = unsafe timer else {
      throw SystemError(
        call: "timer_create", errno: Errno(rawValue: -result),
        advice: "raise the limit on pending signals (ulimit -i)")
    }
    unsafe self.timer = timer
  }

  deinit { _ = unsafe timer_delete(timer) }

  /// Has the signal come, in place of what was set before.
  ///
  /// - Parameter nanoseconds: From now; at least 1.
  public func set(in nanoseconds: UInt64) {
    set(
      timespec(
        tv_sec: Int(nanoseconds / 1_000_000_000),
        tv_nsec: Int(max(1, nanoseconds % 1_000_000_000))))
  }

  /// Has it come no more.
  public func clear() { set(timespec()) }

  private func set(_ first: timespec) {
    var setting = itimerspec(
      it_interval: timespec(tv_sec: 0, tv_nsec: Self.interval), it_value: first)
    // SAFETY: the timer lives as long as this value; the kernel reads a local during the call.
    let result = unsafe timer_settime(timer, 0, &setting, nil)
    precondition(result == 0, "timer_settime: \(Errno.last.message)")
  }
}
