import Testing
import TimerModels

@Suite("Count/Compare timer against the ideal")
struct CountCompareTimerPropertyTests {
  @Test(
    "Whatever happens, Count is exact and every crossing of Compare gives exactly one TI",
    arguments: CountCompareScript<CountCompareTimer>.Host.allCases)
  func agreesWithIdeal(host: CountCompareScript<CountCompareTimer>.Host) throws {
    var matches: UInt128 = 0
    for seed in UInt64(0)..<400 {
      var script = try CountCompareScript<CountCompareTimer>(seed: seed, host: host)
      if let problem = try script.run(steps: 150) {
        Issue.record("seed \(seed), \(host): \(problem)\n\(script.log.suffix(12))\n\(script.timer)")
        return
      }
      matches += min(script.ideal.matches, 1000)
    }
    // The search is worth nothing if Compare is never crossed.
    #expect(matches > 4000)
  }
}
