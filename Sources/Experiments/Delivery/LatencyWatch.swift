internal import LinuxHost
internal import Measurement
internal import VMM

/// Judges the interrupts of a run that is under way, for an onlooker.
///
/// *What it costs:* each vCPU's thread reads its clocks when the guest hands records over, at most four times a
/// second, and leaves the records here. A thread that runs only where a processor is idle does the rest.
///
/// Of a timer that ticks by itself no record says which tick it is of: a ``TickWatch`` of each vCPU finds that out.
final class LatencyWatch {
  private let shared: Shared
  private var thread: HostThread?

  private static let interval: UInt64 = 250_000_000

  private final class Shared: Sendable {
    let pending = Lock<[DeliveryTrace]>([])
    let end: EventDescriptor

    init() throws(SystemError) { end = try EventDescriptor() }
  }

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - cell: What is measured.
  ///   - plan: In which campaign; the period is its.
  ///   - kilohertz: The frequency of a guest's TSC.
  ///   - onlooker: Gets the latencies so far.
  /// - Throws: ``SystemError`` where there can be no thread.
  init(
    _ cell: CampaignCell, of plan: CampaignPlan, kilohertz: Int,
    for onlooker: @escaping CampaignSession.Onlooker
  ) throws(SystemError) {
    shared = try Shared()
    thread = try HostThread(named: "onlooker") { [shared] in
      HostThread.deferCurrent()
      var seen = Seen(cell, plan, kilohertz: kilohertz)
      var isOver = false
      while !isOver {
        Poller.waitOrPause(
          for: shared.end.descriptor.number, until: MonotonicClock.now() + Self.interval)
        isOver = shared.end.clear() > 0
        let traces = shared.pending.withLock { pending in
          defer { pending.removeAll() }
          return pending
        }
        for trace in traces { seen.add(trace) }
        if !traces.isEmpty { onlooker(cell, seen.latency) }
      }
    }
  }

  /// What a vCPU's thread calls.
  var listener: @Sendable (DeliveryTrace) -> Void {
    { [shared] trace in shared.pending.withLock { $0.append(trace) } }
  }

  /// Ends it.
  ///
  /// - Returns: The processor time that it took, in nanoseconds; 0 when it has ended before.
  @discardableResult
  func end() -> UInt64 {
    let time = thread?.processorTime() ?? 0
    shared.end.raise()
    thread.take()?.join()
    return time
  }
}

/// The latencies of what vCPUs handed over so far.
private struct Seen {
  private let cell: CampaignCell
  private let plan: CampaignPlan
  private let kilohertz: Int
  private var judged = LatencyHistogram()
  /// By vCPU, of a timer that ticks by itself.
  private var ticks: [Int: TickWatch] = [:]

  init(_ cell: CampaignCell, _ plan: CampaignPlan, kilohertz: Int) {
    (self.cell, self.plan, self.kilohertz) = (cell, plan, kilohertz)
  }

  var latency: LatencyHistogram {
    ticks.values.reduce(into: judged) { sum, watch in
      // Fewer than a run may have, of less than an hour each.
      try? sum.add(watch.latency)
    }
  }

  /// Adds what does add up; what does not is for the end of the run to tell.
  mutating func add(_ trace: DeliveryTrace) {
    let pace = TimerPace(cell.timer, plan.shape, plan.period, trace.scale, kilohertz: kilohertz)
    if plan.shape == .periodic && cell.timer.countsDown { return addTicks(trace, pace) }
    let records = DeadlineRecords(trace, cell, plan.shape, pace: pace)
    guard let part = try? records.judge(budget: UInt64(plan.budget) * 1000).0 else { return }
    for outcome in part.outcomes { if let own = outcome.latency { judged.record(own) } }
  }

  /// The first record of each part is the last of the one before; of the first part, of when the timer was set.
  private mutating func addTicks(_ trace: DeliveryTrace, _ pace: TimerPace) {
    let words = RecordWords(trace)
    guard words.count > 1 else { return }
    let wasSet = words.instant(1, .point)
    let unset = min(words.instant(0, .handler), wasSet)
    let end = wasSet + UInt64(DeadlineRecords.planCountMax) * UInt64(pace.period)
    let instants = (1..<words.count).map { words.instant($0, .handler) }.prefix { $0 < end }
    ticks[trace.cpu, default: TickWatch(TickSource(cell.timer, pace), setBetween: unset...wasSet)]
      .take(Array(instants))
  }
}
