import Exploration
import KVM

@testable import VMM

/// vCPUs that halt inside the kernel, of which vCPU 0 has a timer's line as an NMI by an event, and the
/// supervising thread; any thread, and the kernel's that passes the event on, may be preempted at any step.
struct PausedWorld: World {
  /// By which rule the guest is called dead.
  enum Rule: Hashable {
    /// The one in use.
    case paused
    /// The vCPUs before the pins, otherwise the same.
    case pinsLast
    /// Each vCPU reports when it is kicked; dead is when all have said that they are halted for good.
    case reports
  }
  enum Action: Hashable, Sendable, CustomStringConvertible {
    case arm, expire, deliver, end
    case alarm(Int), wake(Int), halt(Int), haltForGood(Int), call(Int)
    case ask, park(Int), look, report(Int)

    var description: String {
      switch self {
      case .arm: "arm"
      case .expire: "expire"
      case .deliver: "deliver"
      case .end: "end"
      case .alarm(let cpu): "alarm\(cpu)"
      case .wake(let cpu): "wake\(cpu)"
      case .halt(let cpu): "halt\(cpu)"
      case .haltForGood(let cpu): "halt-for-good\(cpu)"
      case .call(let cpu): "call\(cpu)"
      case .ask: "ask"
      case .park(let cpu): "park\(cpu)"
      case .look: "look"
      case .report(let cpu): "report\(cpu)"
      }
    }
  }
  enum Property: String { case falseDeath = "false-death", missedDeath = "missed-death" }
  enum State: Hashable { case executing, halted, haltedForGood }
  struct CPU: Hashable {
    var state = State.executing
    var hasNMI = false
    var isParked = false
    var isReportWanted = false
    var reportsHalted = false
  }

  static let alphabet: [Action] =
    [.arm, .expire, .deliver, .end, .ask, .look]
    + [0, 1].flatMap {
      [.alarm($0), .wake($0), .halt($0), .haltForGood($0), .call($0), .park($0), .report($0)]
    }

  let rule: Rule
  var cpus = [CPU(), CPU()]
  var isArmed = false
  var line = false
  var isOnItsWay = false
  var remoteIRR = false
  var isAsking = false
  var check: PausedDeathCheck?
  /// `pinsLast`: the vCPUs that were seen, and whether any may run by itself.
  var seen: [ParkedVCPU] = []
  var isDead = false

  init(_ rule: Rule) { self.rule = rule }

  mutating func perform(_ action: Action) -> Step { !isDead && act(action) ? .done : .impossible }

  private mutating func act(_ action: Action) -> Bool {
    switch action {
    case .arm:
      guard executes(0), !isArmed, !line else { return false }
      isArmed = true
    case .expire:
      // The supervising thread serves it, so not while that looks at the machine.
      guard isArmed, check == nil, seen.isEmpty else { return false }
      (isArmed, line, isOnItsWay) = (false, true, !remoteIRR)
    case .deliver:
      guard isOnItsWay else { return false }
      (isOnItsWay, remoteIRR, cpus[0].hasNMI) = (false, true, true)
    case .end:
      guard executes(0), line, !isOnItsWay else { return false }
      (line, remoteIRR) = (false, false)
    case .alarm(let cpu):
      guard cpus[cpu].state == .halted, !cpus[cpu].isParked else { return false }
      cpus[cpu].state = .executing
    case .wake(let cpu):
      guard cpus[cpu].hasNMI, !cpus[cpu].isParked else { return false }
      (cpus[cpu].hasNMI, cpus[cpu].state) = (false, .executing)
    case .halt(let cpu):
      guard executes(cpu) else { return false }
      cpus[cpu].state = .halted
    case .haltForGood(let cpu):
      guard executes(cpu) else { return false }
      cpus[cpu].state = .haltedForGood
    case .call(let cpu):
      guard executes(1 - cpu), !cpus[cpu].hasNMI else { return false }
      cpus[cpu].hasNMI = true
    case .ask: return ask()
    case .park(let cpu):
      guard isAsking, rule != .reports, !cpus[cpu].isParked else { return false }
      cpus[cpu].isParked = true
    case .look:
      guard isAsking, cpus.allSatisfy(\.isParked) else { return false }
      look()
    case .report(let cpu): return report(cpu)
    }
    return true
  }

  private func executes(_ cpu: Int) -> Bool {
    cpus[cpu].state == .executing && !cpus[cpu].isParked
  }

  private mutating func ask() -> Bool {
    guard !isAsking, cpus.allSatisfy({ !$0.isReportWanted }) else { return false }
    if rule == .reports {
      for cpu in cpus.indices {
        (cpus[cpu].isReportWanted, cpus[cpu].reportsHalted) = (true, false)
      }
    } else {
      isAsking = true
      if rule == .paused { check = nil }
    }
    return true
  }

  private mutating func report(_ cpu: Int) -> Bool {
    guard cpus[cpu].isReportWanted else { return false }
    cpus[cpu].isReportWanted = false
    cpus[cpu].reportsHalted = cpus[cpu].state == .haltedForGood
    isDead = cpus.allSatisfy(\.reportsHalted)
    return true
  }

  // MARK: The looks

  private mutating func look() {
    if rule == .pinsLast { return lookPinsLast() }
    var check = check ?? PausedDeathCheck(cpus: cpus.count)
    switch check.next {
    case .pins: check.note(pins: calls)
    case .vcpu(let index): check.note(parked(index))
    case nil: preconditionFailure("it is decided")
    }
    self.check = check
    if check.next == nil { decide(check.isDead) }
  }

  private mutating func lookPinsLast() {
    if seen.count < cpus.count { return seen.append(parked(seen.count)) }
    let calls = calls
    decide(seen.allSatisfy { !$0.mayRun(by: calls) })
  }

  private mutating func decide(_ isDead: Bool) {
    self.isDead = isDead
    (isAsking, check, seen) = (false, nil, [])
    for cpu in cpus.indices { cpus[cpu].isParked = false }
  }

  /// As the IOAPIC in use has it: pin 16 is an NMI, level-triggered.
  private var calls: WakeUpCalls {
    var ioapic = IOAPIC()
    ioapic.entries[16].bits = 0x8400 | (remoteIRR ? 1 << 14 : 0)
    return ioapic.possibleCalls(from: RestingLines(possible: line || isArmed ? 1 << 16 : 0))
  }

  private func parked(_ index: Int) -> ParkedVCPU {
    let cpu = cpus[index]
    return ParkedVCPU(
      runState: cpu.state == .executing ? .runnable : .halted,
      takesInterrupts: cpu.state == .halted, hasPendingEvent: cpu.hasNMI)
  }

  // MARK: What is to hold

  private var canRun: Bool {
    isOnItsWay || isArmed && !remoteIRR
      || cpus.contains { $0.state != .haltedForGood || $0.hasNMI }
  }

  var violation: Property? { isDead && canRun ? .falseDeath : nil }
  var debt: Property? { !isDead && !canRun ? .missedDeath : nil }
  static var patience: Int { 12 }

  /// The supervising thread asks, and is answered.
  mutating func rest() {
    guard !isDead else { return }
    if rule == .reports {
      if !ask() { for cpu in cpus.indices where !isDead { _ = report(cpu) } }
    } else if !ask() {
      if !cpus.allSatisfy(\.isParked) {
        for cpu in cpus.indices { cpus[cpu].isParked = true }
      } else {
        look()
      }
    }
  }

  static func actor(of action: Action) -> Actor {
    switch action {
    case .expire, .alarm: .time
    case .deliver, .ask, .park, .look, .report, .wake: .host
    default: .guest
    }
  }

  var readout: Readout {
    Readout(
      timer: cpus.map { "\($0.state)" }.joined(separator: ", "), controller: isDead ? "dead" : "")
  }
}
