import TestSupport
import Testing
import TimerModels

@Suite("Interrupt controller against the reference")
struct InterruptControllerPropertyTests {
  @Test("Whatever software and devices do, all registers and all CPUs' outputs are right")
  func agreesWithReference() {
    var (taken, preemptions) = (0, 0)
    let seeds = repetitions(120, atLeast: 40)
    for seed in 0..<UInt64(seeds) {
      var script = InterruptControllerScript<InterruptController>(seed: seed)
      if let problem = script.run(steps: 100) {
        Issue.record("seed \(seed): \(problem)\n\(script.log.suffix(20))\n\(script.model)")
        return
      }
      taken += script.taken
      preemptions += script.preemptions
    }
    // The search is worth nothing if hardly an interrupt is ever taken.
    #expect(taken > 8 * seeds)
    #expect(preemptions > seeds * 5 / 6)
  }
}
