import Conformance
import TestSupport
import Testing
import TimerModels

@Suite("ARM conformance corpus")
struct ARMConformanceTests {
  private func failures<Timer: GenericTimerRules, Controller: InterruptControllerRules>(
    on machine: GenericTimerMachine<Timer, Controller>.Type
  ) throws -> [String] {
    try armReport(on: machine).results.filter { !$0.isPassed }.map(\.id)
  }

  @Test("Without cost, every scenario but that about CNTFRQ passes at any frequency")
  func passesAtAnyFrequency() throws {
    for hertz: UInt64 in [2, 3, 999, 32_768] {
      let failed = try armReport(on: ARMMachine.self, hertz: hertz).results.filter { !$0.isPassed }
      #expect(failed.map(\.id) == ["a01-cntfrq"], "\(hertz) Hz")
    }
  }

  @Test("An edge-triggered timer line is caught by the scenarios of upstream commit 4b4b4512da2a")
  func catchesEdge() throws {
    let failed = try failures(on: GenericTimerMachine<GenericTimer, EdgeTriggered>.self)
    for id in ["a24-disable-lowers-line", "a26-imask-toggles-line", "g10-eoi-line-high-repends"] {
      #expect(failed.contains(id), "\(failed)")
    }
  }

  @Test("A controller with one bit for line and latch is caught")
  func catchesOnePendingBit() throws {
    let failed = try failures(on: GenericTimerMachine<GenericTimer, OnePendingBit>.self)
    #expect(failed.contains("g02-icpendr-line-high"), "\(failed)")
  }

  @Test("A timer that masks itself on expiry is caught")
  func catchesSelfMasking() throws {
    let failed = try failures(on: GenericTimerMachine<SelfMasking, InterruptController>.self)
    #expect(failed.contains("a07-cval-future-then-reached"), "\(failed)")
  }

  @Test(
    "Random scripts give the same values at every frequency, end, and never trap",
    arguments: [0, 1, 2, 3] as [UInt64])
  func random(part: UInt64) throws {
    let count = repetitions(150)
    var finished = 0
    for seed in (part * 150)..<(part * 150 + UInt64(count)) {
      var writer = ARMScriptWriter(seed: seed)
      let (operations, variables) = writer.script(length: 60)
      let expect = "{" + variables.map { "\"\($0)\":\"any\"" }.joined(separator: ",") + "}"
      func observe(_ hertz: UInt64, cost: UInt64 = 0) throws -> ([Int128], ConformanceError?) {
        let result = try runARM(
          operations, expect: expect, hertz: hertz, cost: cost, steps: 100_000)
        return (result.checks.map(\.observed), result.error)
      }
      let slow = try observe(1_000_000)
      finished += slow.1 == nil ? 1 : 0
      for hertz: UInt64 in [62_500_000, 999_999_937, 1_000_000_000] {
        let other = try observe(hertz)
        #expect(slow == other, "seed \(seed), \(hertz) Hz: \(operations)")
      }
      _ = try observe(62_500_000, cost: 17)
    }
    #expect(finished > 20 * count / 150)
  }
}

/// PPIs as KVM had them before upstream commit 4b4b4512da2a.
private struct EdgeTriggered: InterruptControllerRules {
  var state: InterruptControllerState

  init(state: InterruptControllerState) {
    self.state = state
    self.state.cpus[0].bank.edge = .max
  }
}

/// GICD_ICPENDR takes the line away with the latch.
private struct OnePendingBit: InterruptControllerRules {
  var state: InterruptControllerState

  init(state: InterruptControllerState) { self.state = state }

  mutating func clearPending(_ bits: UInt32, word: Int, cpu: Int) {
    state[word, cpu: cpu].latched &= ~bits
    state[word, cpu: cpu].line &= ~bits
  }
}

/// Expiry sets IMASK, as in KVM before upstream commit 1a74847885cc.
private struct SelfMasking: GenericTimerRules {
  var registers: GenericTimerRegisters
  var outputs: GenericTimerOutputs = []
  var alarm: Instant?

  init(unsettled registers: GenericTimerRegisters) { self.registers = registers }

  mutating func wakeUp(at now: Instant) {
    settle(at: now)
    if output(at: now, of: .virtual) { registers.virtual.control.insert(.mask) }
  }
}
