public import KVM
internal import LinuxHost
internal import Synchronization

/// Runs the entries of a list of kvm-unit-tests.
public struct UnitTestSuite: Sendable {
  private let plans: [UnitTestPlan]

  /// The most tests side by side.
  public static let jobsMax = 64

  /// Plans what is to be run of a list.
  ///
  /// - Parameters:
  ///   - list: The list.
  ///   - folder: Where its images are.
  ///   - selection: What is wanted of it.
  /// - Throws: `KVMError` where KVM cannot be asked what it offers.
  public init(
    _ list: UnitTestList, in folder: String, _ selection: UnitTestSelection
  ) throws(KVMError) {
    let host = try UnitTestHost()
    plans = list.tests.filter(selection.includes).map {
      UnitTestPlan($0, in: folder, selection, on: host)
    }
  }

  /// How many there are.
  public var count: Int { plans.count }

  /// Runs the tests, several at a time, and hands over each result in the order of the list.
  ///
  /// A signal that is left to the program ends it with the results so far.
  ///
  /// - Parameters:
  ///   - jobs: How many at a time, from 1 to ``jobsMax``.
  ///   - progress: Told before each wait for a result which tests run, by name.
  ///   - report: Takes a result.
  /// - Throws: `SystemError` where a thread or a descriptor cannot be had, or what `report` throws; the
  ///   tests that run are ended first.
  public func run(
    jobs: Int, progress: ([String]) -> Void = { _ in }, _ report: (UnitTestResult) throws -> Void
  ) throws {
    precondition((1...Self.jobsMax).contains(jobs))
    let work = try Work(plans)
    work.news.announceSignals()
    defer { ProcessSignals.stopAnnouncing() }
    try withWorkers(min(jobs, plans.count), work) {
      defer { work.stop.raise() }
      for number in plans.indices {
        guard let result = work.waitForResult(number, progress) else { return }
        try report(result)
      }
    }
  }

  /// Starts the threads one inside the other, so that each is joined whatever happens.
  private func withWorkers(_ count: Int, _ work: Work, _ body: () throws -> Void) throws {
    guard count > 0 else { return try body() }
    let thread: HostThread
    do { thread = try HostThread(named: "test-\(count)") { work.work() } } catch {
      work.stop.raise()
      throw error
    }
    let result = Result { try withWorkers(count - 1, work, body) }
    thread.join()
    try result.get()
  }
}

/// What the threads of a suite share.
private final class Work: Sendable {
  private let plans: [UnitTestPlan]
  /// The next test that has not begun.
  private let next = Atomic(0)
  private let results: Mutex<[UnitTestResult?]>
  /// The numbers of the tests that run.
  private let running = Mutex<[Int]>([])
  /// Ends all tests.
  let stop: SharedEvent
  /// A test has begun, there is a result, or a signal has come.
  let news: SharedEvent

  init(_ plans: [UnitTestPlan]) throws(SystemError) {
    self.plans = plans
    results = Mutex(Array(repeating: nil, count: plans.count))
    stop = try SharedEvent()
    news = try SharedEvent()
  }

  /// Runs one test after the other until none is left, or the suite is ended.
  func work() {
    while case let number = next.add(1, ordering: .relaxed).oldValue, number < plans.count {
      running.withLock { $0.append(number) }
      news.raise()
      guard let result = UnitTestRun(plan: plans[number], stop: stop).result() else { return }
      running.withLock { $0.removeAll { $0 == number } }
      results.withLock { $0[number] = result }
      news.raise()
    }
  }

  /// Waits for a result.
  ///
  /// *Order:* the event is taken back before what it reports is looked at, so none is missed.
  ///
  /// - Returns: The result; nil if a signal came first.
  func waitForResult(_ number: Int, _ progress: ([String]) -> Void) -> UnitTestResult? {
    while true {
      news.clear()
      if ProcessSignals.ending != nil { return nil }
      if let result = results.withLock({ $0[number] }) { return result }
      progress(running.withLock { $0.map { plans[$0].test.name } })
      Poller.waitOrPause(for: news.number)
    }
  }
}
