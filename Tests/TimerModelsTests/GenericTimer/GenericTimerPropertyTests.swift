import TestSupport
import Testing
import TimerModels

@Suite("Generic timer against the ideal")
struct GenericTimerPropertyTests {
  @Test("Whatever happens, registers, outputs and the alarm are exact, and wake-ups are invisible")
  func agreesWithIdeal() throws {
    var rises = 0
    let seeds = repetitions(500, atLeast: 200)
    for seed in 0..<UInt64(seeds) {
      var script = try GenericTimerScript<GenericTimer>(seed: seed)
      if let problem = try script.run(steps: 60) {
        Issue.record("seed \(seed): \(problem)\n\(script.log.suffix(12))\n\(script.timer)")
        return
      }
      rises += script.rises
    }
    // The search is worth nothing if no timer ever fires.
    #expect(rises > 4 * seeds)
  }
}
