import Exploration
import KVM
import Testing

@testable import VMM

/// The check as it was: each vCPU's activity and what could wake it in one pass, start pages not at all;
/// or in the same pass.
private struct OnePassCheck<Starts: StartRule>: RestCheck {
  private(set) var next: DeathCheck.Look? = .wakeUps(cpu: 0)
  private(set) var isDead = false
  let cpus: Int
  private var wakeUps: UInt64 = 0
  private var isSecondCount = false

  init(cpus: Int) { self.cpus = cpus }

  mutating func note(wakeUps count: UInt64) {
    guard case .wakeUps(let cpu) = next else { return }
    wakeUps = isSecondCount ? wakeUps &- count : wakeUps &+ count
    if cpu + 1 < cpus { return next = .wakeUps(cpu: cpu + 1) }
    isDead = isSecondCount && wakeUps == 0
    next = isSecondCount ? nil : .activity(cpu: 0)
  }

  mutating func note(_ activity: VCPUActivity) {
    guard case .activity(let cpu) = next else { return }
    switch activity {
    case .running: next = nil
    case .waiting: next = .lines(cpu: cpu)
    case .notStarted where Starts.areSeen: next = .start(cpu: cpu)
    case .notStarted, .halted: go(to: cpu + 1)
    }
  }

  mutating func note(mayEndRest: Bool) {
    guard !mayEndRest else { return next = nil }
    switch next {
    case .lines(let cpu): next = .timers(cpu: cpu)
    case .timers(0): next = .serialPort
    case .timers(let cpu), .start(let cpu): go(to: cpu + 1)
    default: go(to: 1)
    }
  }

  private mutating func go(to cpu: Int) {
    isSecondCount = cpu == cpus
    next = isSecondCount ? .wakeUps(cpu: 0) : .activity(cpu: cpu)
  }
}

private protocol StartRule: Hashable, Sendable { static var areSeen: Bool { get } }
private struct Unseen: StartRule { static let areSeen = false }
private struct Seen: StartRule { static let areSeen = true }

/// A check that proves nothing.
private struct VainCheck: RestCheck {
  private(set) var next: DeathCheck.Look? = .wakeUps(cpu: 0)
  var isDead: Bool { false }
  init(cpus: Int) {}
  mutating func note(wakeUps count: UInt64) { next = nil }
  mutating func note(_ activity: VCPUActivity) {}
  mutating func note(mayEndRest: Bool) {}
}

@Suite("Whether a guest is dead")
struct DeathCheckTests {
  @Test("vCPUs that halt in this program: never dead while one can run, and found dead in the end")
  func resting() throws {
    let outcome = try Search(
      from: RestWorld<DeathCheck>(cpus: 2), bounds: SearchBounds(depth: 14), threads: 2
    ).run()
    #expect(outcome.counterexample == nil)
    #expect(outcome.end != .violation && outcome.depth >= 10)
  }

  @Test("three vCPUs that start each other and halt for good: every schedule")
  func startingThree() throws {
    let outcome = try Search(
      from: RestWorld<DeathCheck>(cpus: 3, running: [0, 2], isConnected: false),
      alphabet: starts(cpus: 3), threads: 2
    ).run()
    #expect(outcome.counterexample == nil)
    #expect(outcome.end == .exhausted)
  }

  @Test("a check that does not look at start pages finds a started vCPU dead")
  func startPageUnseen() throws {
    let outcome = try Search(
      from: RestWorld<OnePassCheck<Unseen>>(cpus: 2, isConnected: false), alphabet: starts(cpus: 2)
    ).run()
    #expect(outcome.counterexample?.property == .falseDeath)
  }

  @Test("a check that never finds a guest dead is caught, too")
  func vain() throws {
    let outcome = try Search(
      from: RestWorld<VainCheck>(cpus: 2, isConnected: false), alphabet: starts(cpus: 2)
    ).run()
    #expect(outcome.counterexample?.property == .missedDeath)
  }

  @Test("a check that looks at start pages in the same pass misses one that came meanwhile")
  func startPageInOnePass() throws {
    let outcome = try Search(
      from: RestWorld<OnePassCheck<Seen>>(cpus: 3, running: [0, 2], isConnected: false),
      alphabet: starts(cpus: 3), threads: 2
    ).run()
    #expect(outcome.counterexample?.property == .falseDeath)
  }

  private func starts<Check: RestCheck>(cpus: Int) -> [RestWorld<Check>.Action] {
    RestWorld<Check>.alphabet(cpus: cpus).filter {
      switch $0 {
      case .start, .step, .haltForGood: true
      default: false
      }
    }
  }

  @Test("vCPUs that halt inside the kernel: every schedule of calls, pauses and looks")
  func paused() throws {
    let outcome = try Search(from: PausedWorld(.paused), threads: 2).run()
    #expect(outcome.counterexample == nil)
    #expect(outcome.end == .exhausted)
  }

  @Test(
    "reports of different instants, and pins looked at last, call a guest dead that can run",
    arguments: [PausedWorld.Rule.reports, .pinsLast])
  func wrongRules(rule: PausedWorld.Rule) throws {
    let outcome = try Search(from: PausedWorld(rule), threads: 2, target: .falseDeath).run()
    #expect(outcome.counterexample?.property == .falseDeath)
  }

  // MARK: Values

  @Test("delivery modes that RFLAGS.IF holds back are no calls; masked ones neither")
  func deliveryModes() {
    let calls = (UInt32(0)..<8).map { WakeUpCalls(vectorEntry: $0 << 8 | 0x20) }
    #expect(calls == [[], [], .other, .other, .nmi, .other, .other, []])
    #expect((UInt32(0)..<8).allSatisfy { WakeUpCalls(vectorEntry: $0 << 8 | 0x10000) == [] })
  }

  @Test("a pin delivers a call when its line can rise, or is level-triggered, high and ended")
  func pins() {
    func calls(_ bits: UInt64, _ lines: RestingLines, levels: UInt32 = 0) -> WakeUpCalls {
      var ioapic = IOAPIC()
      ioapic.entries[7].bits = bits
      ioapic.levels = levels
      return ioapic.possibleCalls(from: lines)
    }
    let line: UInt32 = 1 << 7
    #expect(calls(0x400, RestingLines()) == [])
    #expect(calls(0x400, RestingLines(possible: line)) == .nmi)
    #expect(calls(0x400, RestingLines(possible: line, known: line)) == [])
    #expect(calls(0x8400, RestingLines(possible: line, known: line)) == .nmi)
    #expect(calls(0x8400, RestingLines(), levels: line) == .nmi)
    #expect(calls(0xc400, RestingLines(possible: line), levels: line) == [])
    #expect(calls(0x10400, RestingLines(possible: line)) == [])
    #expect(calls(0x000, RestingLines(possible: line)) == [])
    #expect(calls(0x600, RestingLines(possible: line)) == .other)
  }

  @Test("a vCPU that handles an NMI is woken by none; one that waits for its start by no NMI")
  func parked() {
    let halted = ParkedVCPU(runState: .halted)
    #expect(!halted.mayRun(by: []) && halted.mayRun(by: .nmi) && halted.mayRun(by: .other))
    let handling = ParkedVCPU(runState: .halted, blocksNMI: true)
    #expect(!handling.mayRun(by: .nmi) && handling.mayRun(by: .other))
    let waiting = ParkedVCPU(runState: .waitingForStartUp)
    #expect(!waiting.mayRun(by: .nmi) && waiting.mayRun(by: .other))
    #expect(ParkedVCPU(runState: .runnable).mayRun(by: []))
    #expect(ParkedVCPU(runState: .halted, takesInterrupts: true).mayRun(by: []))
    #expect(ParkedVCPU(runState: .halted, hasPendingEvent: true).mayRun(by: []))
    #expect(ParkedVCPU(runState: .halted, ownCalls: .nmi).mayRun(by: []))
  }

  @Test("a silent machine is asked after 1/4 s, then after twice as long; activity starts anew")
  func silence() {
    var watch = IdleDetector(isNeeded: true)
    var questions: [Int] = []
    var cost: UInt64 = 1
    for quarter in 0..<60 {
      if quarter == 40 { cost += 1 }
      if watch.look(at: UInt64(quarter) * IdleDetector.interval, [cost]) {
        questions.append(quarter)
        #expect(watch.takeQuestion() && !watch.takeQuestion())
        cost += 1
      }
    }
    #expect(questions == [1, 4, 9, 18, 35, 41, 44, 49, 58])
  }
}
