import Conformance
import TestSupport
import Testing
import TimerModels

/// A recorded corpus, and the machine that it is for.
enum Corpus: String, CaseIterable {
  case mips, arm

  /// How many scenarios it has.
  var count: Int {
    switch self {
    case .mips: 40
    case .arm: 72
    }
  }

  /// Runs it on the right models.
  func report(hertz: UInt64, cost: UInt64) throws -> ConformanceReport {
    switch self {
    case .mips: try mipsReport(on: CountCompareTimer.self, hertz: hertz, cost: cost)
    case .arm: try armReport(on: ARMMachine.self, hertz: hertz, cost: cost)
    }
  }
}

func mipsReport<Timer: CountCompareRules>(
  on _: Timer.Type, hertz: UInt64 = 100_000_000, cost: UInt64 = 0
) throws -> ConformanceReport {
  let frequency = try CountFrequency(hertz: hertz)
  return try report(.mips) {
    CountCompareMachine<Timer>(frequency: frequency, costNanoseconds: cost)
  }
}

func armReport<Timer: GenericTimerRules, Controller: InterruptControllerRules>(
  on _: GenericTimerMachine<Timer, Controller>.Type, hertz: UInt64 = 62_500_000, cost: UInt64 = 0
) throws -> ConformanceReport {
  let frequency = try CounterFrequency(hertz: hertz)
  return try report(.arm) {
    GenericTimerMachine<Timer, Controller>(
      frequency: frequency, costNanoseconds: cost, budget: ConformanceBudget(limit: 100_000))
  }
}

private func report<Machine: ConformanceMachine>(
  _ corpus: Corpus, on makeMachine: () -> Machine
) throws -> ConformanceReport {
  let file = "\(corpus).json"
  return try ConformanceCorpus<Machine.Vocabulary>(file: file, bytes: corpusBytes(file))
    .run(on: makeMachine)
}

@Suite("Conformance corpora")
struct CorpusTests {
  @Test(
    "Every scenario passes, whatever the frequency and whatever an operation costs",
    arguments: Corpus.allCases, [0, 1, 7, 100, 1000] as [UInt64])
  func passes(corpus: Corpus, cost: UInt64) throws {
    let slowest: [UInt64] = corpus == .mips ? [6_000_000, 33_000_000] : [1_000_000, 19_200_000]
    let others: [UInt64] =
      isThorough
      ? [62_500_000, 100_000_000, 300_000_000, 999_999_937, 1_000_000_000]
      : [999_999_937]
    // The corpora allow for some hundred ticks per operation, and for more they are not made.
    for hertz in slowest + others where cost * hertz <= 100 * 1_000_000_000 {
      let report = try corpus.report(hertz: hertz, cost: cost)
      #expect(report.results.count == corpus.count)
      #expect(report.isPassed, "\(hertz) Hz: \(report.text)")
    }
  }
}
