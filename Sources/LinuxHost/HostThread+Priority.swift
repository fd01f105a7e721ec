internal import Glibc

extension HostThread {
  /// Has the calling thread run before all ordinary ones, where the host lets it: `SCHED_RR`, the lowest priority.
  ///
  /// - Returns: Whether it does; an ordinary user may not.
  @discardableResult
  public static func preferCurrent() -> Bool {
    var parameters = sched_param()
    parameters.sched_priority = 1
    // SAFETY: the call reads a local.
    return unsafe sched_setscheduler(0, SCHED_RR, &parameters) == 0
  }
}
