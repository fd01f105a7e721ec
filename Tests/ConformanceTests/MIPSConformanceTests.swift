import BugMuseum
import Conformance
import Testing
import TimerModels

@Suite("MIPS conformance corpus")
struct MIPSConformanceTests {
  @Test(
    "At the slowest frequencies too, where virtual time allows", arguments: [1, 1000] as [UInt64])
  func slow(hertz: UInt64) throws {
    let report = try mipsReport(on: CountCompareTimer.self, hertz: hertz)
    for result in report.results where result.error == nil {
      #expect(result.isPassed, "\(result)")
    }
    // At 1 Hz the scenarios with whole wraps of Count need more than 584 years.
    #expect(report.results.count { $0.error != nil } <= (hertz == 1 ? 1 : 0), "\(report.text)")
  }

  @Test(
    "A timer that loses the interrupt in the freeze window fails the scenarios that express it",
    arguments: [6_000_000, 33_000_000, 100_000_000, 300_000_000] as [UInt64])
  func freezeLostInterrupt(hertz: UInt64) throws {
    var failed: Set<String> = []
    for cost in [0, 1, 7] as [UInt64] {
      let report = try mipsReport(on: FreezeLostInterrupt.self, hertz: hertz, cost: cost)
      failed.formUnion(report.results.filter { !$0.isPassed }.map(\.id))
    }
    #expect(failed.contains("m26-dc-sweep-lost-interrupt"), "\(failed)")
    #expect(failed.contains("m27-count-read-never-passes-silently"), "\(failed)")
  }

  @Test("The failing scenario says what was expected and what was observed")
  func message() throws {
    let report = try mipsReport(on: FreezeLostInterrupt.self, cost: 7)
    let result = try #require(report.results.first { $0.id == "m26-dc-sweep-lost-interrupt" })
    let lost = try #require(result.checks.first { $0.name == "lost" })
    #expect(lost.observed > 0)
    #expect(report.text.contains("FAIL  m26-dc-sweep-lost-interrupt"))
    #expect(report.text.contains("lost: expected 0, observed \(lost.observed)"))
  }
}
