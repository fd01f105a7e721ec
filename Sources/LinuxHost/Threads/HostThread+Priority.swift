internal import Glibc

extension HostThread {
  /// Has the calling thread run before all ordinary ones, where the host lets it: `SCHED_RR`, the lowest priority.
  ///
  /// Threads and processes that it starts are ordinary ones: those that a busy one of this kind keeps waiting are the
  /// kernel's workers, too (``preferWorker(_:)``).
  ///
  /// - Returns: Whether it does; an ordinary user may not.
  @discardableResult
  public static func preferCurrent() -> Bool { setRealTime(priority: 1, ofThread: 0) }

  /// Does something with the calling thread as ``preferCurrent()`` has it, and as it was before afterwards.
  ///
  /// - Parameter body: What to do.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  public static func whilePreferred<Result: ~Copyable, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard realTimePriority == nil else { return try body() }
    preferCurrent()
    defer {
      var parameters = sched_param()
      // SAFETY: the call reads a local.
      unsafe sched_setscheduler(0, SCHED_OTHER, &parameters)
    }
    return try body()
  }

  /// Has a worker of the kernel's run before the calling thread, if that runs before ordinary ones: what the worker
  /// does for the thread it could not do while the thread runs.
  ///
  /// *Why it is looked for among the last 64 threads:* it was started by a call that just returned. One that
  /// another thread's call started meanwhile and that has the same name serves this process, too.
  ///
  /// - Parameter name: What the worker does; this process's number follows in its name.
  /// - Returns: Whether that is so, or need not be; not where the host does not show its workers.
  @discardableResult
  public static func preferWorker(_ name: String) -> Bool {
    guard let own = realTimePriority else { return true }
    guard let youngest = youngestThread else { return false }
    var isFound = false
    for number in max(1, youngest - 63)...youngest
    where contents(of: "/proc/\(number)/comm") == "\(name)/\(getpid())\n" {
      let isSet = setRealTime(priority: min(own + 1, 99), ofThread: number)
      isFound = isFound || isSet
    }
    return isFound
  }

  /// The calling thread's priority among those that run before ordinary ones; nil for an ordinary one.
  private static var realTimePriority: Int32? {
    let policy = sched_getscheduler(0) & ~resetOnFork
    guard policy == SCHED_RR || policy == SCHED_FIFO else { return nil }
    var parameters = sched_param()
    // SAFETY: the call writes a local.
    return unsafe sched_getparam(0, &parameters) == 0 ? parameters.sched_priority : nil
  }

  private static func setRealTime(priority: Int32, ofThread number: Int32) -> Bool {
    var parameters = sched_param()
    parameters.sched_priority = priority
    // SAFETY: the call reads a local.
    return unsafe sched_setscheduler(number, SCHED_RR | Self.resetOnFork, &parameters) == 0
  }

  /// The number that was last given to a thread of the host's: the end of `/proc/loadavg`.
  private static var youngestThread: Int32? {
    contents(of: "/proc/loadavg")?.split(whereSeparator: \.isWhitespace).last.flatMap { Int32($0) }
  }

  private static func contents(of path: String) -> String? {
    guard let file = try? FileReader(path: path, patience: 0), let text = try? file.next()
    else { return nil }
    return String(decoding: text, as: UTF8.self)
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
