import Measurement
import Testing

@Suite("Latencies of timers that count by themselves, while they run")
struct TickWatchTests {
  private static let period: UInt64 = 100_000

  /// The latencies of all runs together.
  private func whole(_ ticks: SimulatedTicks) -> LatencyHistogram {
    let plan = TickPlan(ticks.source, setBetween: ticks.setting, runs: ticks.runs)
    var latency = LatencyHistogram()
    var next = 0
    for (run, taken) in zip(ticks.runs, plan.ticksOfRun) {
      guard let taken, taken.upperBound >= next else { continue }
      for tick in taken { latency.record(Int64(run) - Int64(plan.ticks[tick])) }
      next = taken.upperBound + 1
    }
    return latency
  }

  /// The same runs in parts.
  private func inParts(_ ticks: SimulatedTicks, of count: Int) -> LatencyHistogram {
    var watch = TickWatch(ticks.source, setBetween: ticks.setting)
    for start in stride(from: 0, to: ticks.runs.count, by: count) {
      watch.take(Array(ticks.runs[start..<min(start + count, ticks.runs.count)]))
    }
    return watch.latency
  }

  private func simulated(
    _ backlog: TickSource.Backlog, seed: UInt64, width: UInt64 = 0
  ) -> SimulatedTicks {
    SimulatedTicks(
      TickSource(first: 40_000, period: Self.period, backlog: backlog), count: 2000, seed: seed,
      width: width)
  }

  @Test("in parts they are what they are of the whole", arguments: UInt64(0)..<20)
  func parts(seed: UInt64) {
    for backlog in [TickSource.Backlog.queued, .merged] {
      let ticks = simulated(backlog, seed: seed)
      let (parts, whole) = (inParts(ticks, of: 250), whole(ticks))
      // A failure would print thousands of buckets.
      let isSame = parts.buckets == whole.buckets
      #expect(isSame && parts.minimum == whole.minimum, "seed \(seed), \(backlog)")
      #expect(parts.count == whole.count && parts.maximum == whole.maximum)
    }
  }

  @Test("what shows late when the timer was set moves all of them", arguments: UInt64(0)..<20)
  func unknownStart(seed: UInt64) throws {
    for backlog in [TickSource.Backlog.queued, .merged] {
      let ticks = simulated(backlog, seed: seed, width: 20_000)
      let (parts, whole) = (inParts(ticks, of: 250), whole(ticks))
      #expect(parts.count == whole.count, "seed \(seed), \(backlog)")
      #expect(parts.minimum == whole.minimum && parts.maximum == whole.maximum, "seed \(seed)")
      let (part, all) = (try #require(parts.value(at: .p50)), try #require(whole.value(at: .p50)))
      // A bucket is less than 1 in 1024 of its values: one that the value was counted in, and one that it is moved to.
      let resolution = 2 * (all + 20_000) / 1024
      let difference = UInt64(part.distance(to: all).magnitude)
      #expect(difference <= resolution, "seed \(seed), \(backlog)")
    }
  }

  @Test("without runs there are none")
  func nothing() {
    var watch = TickWatch(
      TickSource(first: 5, period: Self.period, backlog: .merged), setBetween: 1...2)
    watch.take([])
    #expect(watch.latency == LatencyHistogram())
  }
}
