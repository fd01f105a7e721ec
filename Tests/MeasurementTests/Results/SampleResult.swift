import JSON
import Measurement
import TestSupport

/// A made-up result with every feature: several series, faults, stages out of order, and none at all.
struct SampleResult {
  static let rules = VerdictRules(budget: 100_000, earlyWindow: 100_000)

  /// Interrupts of one vCPU with latencies that `waking` sets the scale of, in nanoseconds.
  static func interrupts(
    _ count: Int, seed: UInt64, waking: UInt64, hasStages: Bool = true, hasFaults: Bool = true
  ) throws -> JudgedInterrupts {
    var random = SplitMix64(seed: seed)
    var runs: [HandlerRun] = []
    var records = (0..<count).map { InterruptRecord(planned: 5_000_000 + UInt64($0) * 500_000) }
    for number in records.indices {
      let planned = records[number].planned
      if hasFaults && number % 997 == 500 { continue }
      let tail = UInt64(1) << (random.next() % (1 << 14)).leadingZeroBitCount
      let wake = planned + waking / 2 + random.next() % waking + waking * min(tail >> 50, 60) / 4
      let running = wake + 2000 + random.next() % 3000
      let injected = running + 1500 + random.next() % 2500
      let handler = injected + 3000 + random.next() % 1000 - (number % 5 == 0 ? 3500 : 0)
      let acknowledged = handler + 900 + random.next() % 300
      let instants: [(Stage, UInt64)] = [
        (.hostWake, wake), (.threadRunning, running), (.injected, injected),
        (.acknowledged, acknowledged), (.endOfInterrupt, acknowledged + 1100),
        (.lineLow, acknowledged + 700),
      ]
      for (stage, instant) in instants where hasStages {
        records[number][stage] = instant
      }
      let run = HandlerRun(at: max(handler, runs.last?.instant ?? 0), deadlines: number...number)
      runs.append(run)
      if hasFaults && number % 1999 == 1000 {
        runs.append(HandlerRun(at: run.instant + 9000, isConditionMet: false))
      }
    }
    return try JudgedInterrupts(
      records: records, runs: runs, rules: rules)
  }

  static func series(
    _ route: String, _ waiting: String, _ interrupts: JudgedInterrupts...
  ) throws -> Series {
    var series = Series(
      name: "count-compare, \(route), \(waiting)",
      configuration: [
        .init("timer", "count-compare"), .init("route", .string(route)),
        .init("waiting", .string(waiting)), .init("periodNanoseconds", 500_000),
        .init("budgetNanoseconds", 100_000), .init("guest", "halted"), .init("load", nil),
      ])
    for interrupts in interrupts { try series.add(interrupts) }
    series.processor = ProcessorUse(elapsed: 10_000_000_000, busy: 2_100_000_000, spinning: 0)
    series.stamping = StampingCost(stamps: 120_000, nanoseconds: 3_724_000)
    return series
  }

  static func result(_ host: String, seed: UInt64, count: Int = 1200) throws -> MeasurementResult {
    var adaptive = try series(
      "inject", "adaptive",
      interrupts(count, seed: seed, waking: 6000, hasFaults: false))
    adaptive.processor.spinning = 1_200_000_000
    adaptive.deferredAlarms = 17
    adaptive.advance = AdvanceTaken(nanoseconds: 7400, shortenedWaits: 13)
    return MeasurementResult(
      host: [.init("name", .string(host)), .init("kernel", "Linux 6.18"), .init("cpus", 2)],
      series: [
        adaptive,
        try series("irq-line", "block", interrupts(count, seed: seed + 1, waking: 50_000)),
        try series(
          "in-kernel", "none", interrupts(count, seed: seed + 2, waking: 30_000, hasStages: false)),
      ])
  }
}
