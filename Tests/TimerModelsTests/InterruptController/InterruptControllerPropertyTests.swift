import Testing
import TimerModels

@Suite("Interrupt controller against the reference")
struct InterruptControllerPropertyTests {
  @Test("Whatever software and devices do, all registers and all CPUs' outputs are right")
  func agreesWithReference() {
    var (taken, preemptions) = (0, 0)
    for seed in UInt64(0)..<120 {
      var script = InterruptControllerScript<InterruptController>(seed: seed)
      if let problem = script.run(steps: 100) {
        Issue.record("seed \(seed): \(problem)\n\(script.log.suffix(20))\n\(script.model)")
        return
      }
      taken += script.taken
      preemptions += script.preemptions
    }
    // The search is worth nothing if hardly an interrupt is ever taken.
    #expect(taken > 1000)
    #expect(preemptions > 100)
  }
}
