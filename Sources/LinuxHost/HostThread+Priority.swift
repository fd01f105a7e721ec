internal import Glibc

extension HostThread {
  /// Has the calling thread run before all ordinary ones, where the host lets it: `SCHED_RR`, the lowest priority.
  ///
  /// Threads and processes that it starts are ordinary ones: those that a busy one of this kind keeps waiting are the
  /// kernel's workers, too.
  ///
  /// - Returns: Whether it does; an ordinary user may not.
  @discardableResult
  public static func preferCurrent() -> Bool {
    var parameters = sched_param()
    parameters.sched_priority = 1
    // SAFETY: the call reads a local.
    return unsafe sched_setscheduler(0, SCHED_RR | Self.resetOnFork, &parameters) == 0
  }

  /// Has the calling thread run when no other wants its processor: `SCHED_IDLE`, which any user may.
  public static func deferCurrent() {
    var parameters = sched_param()
    // SAFETY: the call reads a local.
    _ = unsafe sched_setscheduler(0, Self.idle, &parameters)
  }

  /// `SCHED_IDLE`.
  private static let idle: Int32 = 5
  /// `SCHED_RESET_ON_FORK`.
  private static let resetOnFork: Int32 = 0x4000_0000
}
