/// The latencies of a ``TickSource``'s interrupts while they come: about those of a ``TickPlan`` of all so far,
/// which are not kept for it.
///
/// *How:* each part of the runs is planned behind the ticks that have had theirs. What is counted is from ticks
/// as if the timer had been set at the earliest instant that is possible, so that all latencies move when a run
/// shows that it was set earlier than the runs before it let think.
///
/// *What differs from the whole plan:* a run at the beginning of a part takes no tick that a run of the part before
/// has; it repeats that run.
public struct TickWatch: Sendable {
  private let source: TickSource
  private let earliest: UInt64
  private var start: UInt64
  private var takenTicks = 0
  private var fromEarliest = LatencyHistogram()

  /// A watch before the first run.
  ///
  /// - Parameters:
  ///   - source: The timer.
  ///   - setting: As ``TickPlan`` has it.
  public init(_ source: TickSource, setBetween setting: ClosedRange<UInt64>) {
    self.source = source
    (earliest, start) = (setting.lowerBound, setting.upperBound)
  }

  /// Counts more runs.
  ///
  /// - Parameter runs: When the handler ran, in nanoseconds, in ascending order, after those before.
  public mutating func take(_ runs: [UInt64]) {
    var rest = source
    // Ticks that were taken are before a run: this is an instant.
    rest.first += UInt64(takenTicks) * source.period
    let plan = TickPlan(rest, setBetween: earliest...start, runs: runs)
    guard let first = plan.ticks.first else { return }
    start = first - rest.first
    var next = 0
    for (run, ticks) in zip(runs, plan.ticksOfRun) {
      guard let ticks, ticks.upperBound >= next else { continue }
      for tick in ticks {
        let due = earliest + rest.first + UInt64(tick) * source.period
        fromEarliest.record(Int64(clamping: run) - Int64(clamping: due))
      }
      next = ticks.upperBound + 1
    }
    takenTicks += plan.ticks.count
  }

  /// What was counted so far, in nanoseconds from each tick to its run.
  public var latency: LatencyHistogram { fromEarliest.reduced(by: start - earliest) }
}
