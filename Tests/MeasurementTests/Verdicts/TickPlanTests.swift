import Measurement
import Testing

@Suite("Ticks of timers that count by themselves")
struct TickPlanTests {
  private static let period: UInt64 = 100_000

  private static func source(
    _ backlog: TickSource.Backlog, first: UInt64 = period
  ) -> TickSource { TickSource(first: first, period: period, backlog: backlog) }

  private func judge(_ ticks: SimulatedTicks) throws -> (TickPlan, JudgedInterrupts) {
    try judge(ticks.source, ticks.setting, ticks.runs)
  }

  private func judge(
    _ source: TickSource, _ setting: ClosedRange<UInt64>, _ runs: [UInt64]
  ) throws -> (TickPlan, JudgedInterrupts) {
    let plan = TickPlan(source, setBetween: setting, runs: runs)
    let handlerRuns = zip(runs, plan.ticksOfRun).map { HandlerRun(at: $0, deadlines: $1) }
    let rules = VerdictRules(budget: Self.period / 10, earlyWindow: Self.period / 2)
    return try (
      plan,
      JudgedInterrupts(
        records: plan.ticks.map(InterruptRecord.init(planned:)), runs: handlerRuns, rules: rules)
    )
  }

  @Test("a queue's bursts are late, each run for its own tick", arguments: UInt64(0)..<50)
  func queued(seed: UInt64) throws {
    let ticks = SimulatedTicks(Self.source(.queued, first: 40_000), count: 2000, seed: seed)
    let (plan, judged) = try judge(ticks)
    #expect(plan.ticksOfRun == (0..<2000).map { $0...$0 }, "seed \(seed)")
    #expect(plan.ticks == (0..<2000).map(ticks.due), "seed \(seed)")
    let late = ticks.runs.indices.count { ticks.runs[$0] > ticks.due($0) + Self.period / 10 }
    #expect(judged.verdicts[.late] == late && late > 100, "seed \(seed)")
    #expect(judged.verdicts[.delivered] == 2000 - late && judged.verdicts.isSound, "seed \(seed)")
  }

  @Test(
    "where the start is known to some microseconds, nothing is early", arguments: UInt64(0)..<50)
  func unknownStart(seed: UInt64) throws {
    for (backlog, width) in [
      (TickSource.Backlog.queued, 20_000), (.merged, 20_000), (.queued, 80_000), (.queued, 350_000),
    ] as [(TickSource.Backlog, UInt64)] {
      let ticks = SimulatedTicks(Self.source(backlog), count: 1000, seed: seed, width: width)
      let (plan, judged) = try judge(ticks)
      #expect(judged.verdicts.isSound, "seed \(seed), \(backlog), \(width): \(judged.verdicts)")
      let first = try #require(plan.ticks.first)
      #expect(ticks.setting.contains(first - ticks.source.first), "seed \(seed)")
      #expect(plan.ticks.count == judged.verdicts.planned)
    }
  }

  @Test("merged ticks are answered by the run that was for them", arguments: UInt64(0)..<50)
  func merged(seed: UInt64) throws {
    let ticks = SimulatedTicks(Self.source(.merged), count: 2000, seed: seed)
    let (plan, judged) = try judge(ticks)
    let truth = ticks.ticksOfRun.compactMap { $0 }
    #expect(plan.ticksOfRun == truth, "seed \(seed)")
    #expect(plan.ticks.count == truth.last.map { $0.upperBound + 1 }, "seed \(seed)")
    #expect(
      judged.runVerdicts == truth.map { .answers(deadline: $0.lowerBound) }, "seed \(seed)")
    #expect(judged.verdicts[.merged] == plan.ticks.count - 2000 && judged.verdicts.isSound)
    #expect(judged.verdicts[.merged] > 100 && plan.owed == 0)
  }

  @Test(
    "a vCPU that is stopped between acceptance and handler makes nothing early or lost",
    arguments: UInt64(0)..<50)
  func slowEntry(seed: UInt64) throws {
    let ticks = SimulatedTicks(
      Self.source(.merged), count: 1000, seed: seed, width: 5000, isEntrySlow: true)
    let (plan, judged) = try judge(ticks)
    #expect(judged.verdicts.isSound, "seed \(seed): \(judged.verdicts)")
    #expect(judged.verdicts[.merged] == plan.ticks.count - 1000)
  }

  @Test(
    "runs before their tick are early, runs after one are repetitions", arguments: UInt64(0)..<50)
  func faults(seed: UInt64) throws {
    for backlog in [TickSource.Backlog.queued, .merged] {
      let ticks = SimulatedTicks(Self.source(backlog), count: 2000, seed: seed, hasFaults: true)
      let (_, judged) = try judge(ticks)
      #expect(ticks.early > 5)
      #expect(judged.verdicts[.early] == ticks.early, "seed \(seed), \(backlog)")
      #expect(judged.verdicts.duplicated == ticks.repeated, "seed \(seed), \(backlog)")
      #expect(judged.verdicts[.lost] == 0 && judged.verdicts.spurious == 0)
    }
  }

  @Test("an early run is not explained by a start that cannot have been")
  func earlyStart() throws {
    for backlog in [TickSource.Backlog.queued, .merged] {
      // Set between 0 and 10: the first tick is at 100000 to 100010.
      let onTime = try judge(Self.source(backlog), 0...10, [100_000, 200_003]).1
      #expect(onTime.outcomes.map(\.latency) == [0, 3], "\(backlog)")
      let early = try judge(Self.source(backlog), 0...10, [99_999, 200_003]).1
      #expect(early.outcomes.map(\.verdict) == [.early, .delivered], "\(backlog)")
      #expect(early.outcomes.map(\.latency) == [-4, 0], "\(backlog)")
      let last = try judge(Self.source(backlog), 0...0, [100_001, 199_990]).1
      #expect(last.outcomes.map(\.verdict) == [.delivered, .early], "\(backlog)")
      let spurious = try judge(Self.source(backlog), 0...0, [40_000, 100_001]).1
      #expect(spurious.runVerdicts == [.spurious, .answers(deadline: 0)], "\(backlog)")
    }
  }

  @Test("a run of a queue that ends in a burst has ticks owed, which no run shows")
  func owed() throws {
    let (plan, judged) = try judge(Self.source(.queued), 0...0, [100_001, 900_000, 900_100])
    #expect(plan.ticks == [100_000, 200_000, 300_000] && plan.owed == 6)
    #expect(judged.outcomes.map(\.verdict) == [.delivered, .late, .late])
    // Of an APIC that would be the last one's share of one interrupt.
    let merged = try judge(Self.source(.merged), 0...0, [100_001, 900_000]).1
    #expect(merged.verdicts[.merged] == 7 && merged.verdicts.planned == 9)
  }

  @Test("no run, no tick")
  func empty() {
    for backlog in [TickSource.Backlog.queued, .merged] {
      let plan = TickPlan(Self.source(backlog), setBetween: 5...9, runs: [])
      #expect(plan.ticks.isEmpty && plan.ticksOfRun.isEmpty && plan.owed == 0)
    }
  }
}
