internal import LinuxHost
internal import Measurement
internal import VMM

/// Judges the interrupts of a run that is under way, for an onlooker.
///
/// *What it costs:* each vCPU's thread reads its clocks when the guest hands records over, at most four times a
/// second, and leaves the records here. A thread that runs only where a processor is idle does the rest.
///
/// *What it cannot:* of a timer that ticks by itself no record says which tick it is of, so there is nothing to
/// show until the run is over.
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
    guard !(plan.shape == .periodic && cell.timer.countsDown) else { return }
    thread = try HostThread(named: "onlooker") { [shared] in
      HostThread.deferCurrent()
      var latency = LatencyHistogram()
      var ready = Poller.Readable()
      while !ready.contains(.descriptor(0)) {
        ready = Poller.wait(
          for: [shared.end.descriptor.number, -1, -1, -1],
          until: MonotonicClock.now() + Self.interval)
        let traces = shared.pending.withLock { pending in
          defer { pending.removeAll() }
          return pending
        }
        for trace in traces {
          Self.add(trace, cell, plan, kilohertz: kilohertz, to: &latency)
        }
        if !traces.isEmpty { onlooker(cell, latency) }
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

  /// Adds the latencies of what a vCPU handed over; what does not add up is for the end of the run to tell.
  private static func add(
    _ trace: DeliveryTrace, _ cell: CampaignCell, _ plan: CampaignPlan, kilohertz: Int,
    to latency: inout LatencyHistogram
  ) {
    let pace = TimerPace(cell.timer, plan.shape, plan.period, trace.scale, kilohertz: kilohertz)
    let records = DeadlineRecords(trace, cell, plan.shape, pace: pace)
    guard let judged = try? records.judge(budget: UInt64(plan.budget) * 1000).0 else { return }
    for outcome in judged.outcomes { if let own = outcome.latency { latency.record(own) } }
  }
}
