import Exploration

@testable import VMM

/// A sequence of looks by which a vCPU's thread finds out whether the guest is dead.
protocol RestCheck: Hashable, Sendable {
  init(cpus: Int)
  var next: DeathCheck.Look? { get }
  var isDead: Bool { get }
  mutating func note(wakeUps count: UInt64)
  mutating func note(_ activity: VCPUActivity)
  mutating func note(mayEndRest: Bool)
}

extension DeathCheck: RestCheck {}

/// vCPUs that halt in this program, each on its thread, and the supervising thread; any of them may be
/// preempted at any step.
///
/// Left out: more than two wake-ups of a vCPU during one check.
struct RestWorld<Check: RestCheck>: World {
  enum Action: Hashable, Sendable, CustomStringConvertible {
    case start(Int, by: Int), interrupt(Int, by: Int)
    case arm(Int), disarm(Int), acknowledge(Int), halt(Int), haltForGood(Int)
    /// A step of a vCPU's thread, or of the supervising one's check.
    case step(Int), supervise
    case expire(Int), byte, hangUp

    var description: String {
      switch self {
      case .start(let cpu, let by): "start\(cpu)-by\(by)"
      case .interrupt(let cpu, let by): "interrupt\(cpu)-by\(by)"
      case .arm(let cpu): "arm\(cpu)"
      case .disarm(let cpu): "disarm\(cpu)"
      case .acknowledge(let cpu): "acknowledge\(cpu)"
      case .halt(let cpu): "halt\(cpu)"
      case .haltForGood(let cpu): "halt-for-good\(cpu)"
      case .step(let cpu): "step\(cpu)"
      case .supervise: "supervise"
      case .expire(let cpu): "expire\(cpu)"
      case .byte: "byte"
      case .hangUp: "hang-up"
      }
    }
  }
  enum Property: String { case falseDeath = "false-death", missedDeath = "missed-death" }

  /// What a vCPU's thread is at.
  enum Place: Hashable { case entered, published, asleep, waking }
  struct CPU: Hashable {
    var guest: VCPUActivity
    var published: VCPUActivity
    var place: Place
    var check: Check?
    var wakeUps: UInt64 = 0
    var hasStartPage = false
    var line = false
    var isArmed = false
  }

  static var alphabet: [Action] { alphabet(cpus: 2) }
  static func alphabet(cpus: Int) -> [Action] {
    let all = Array(0..<cpus)
    return all.map { .step($0) } + [.supervise]
      + all.flatMap { cpu -> [Action] in
        [.halt(cpu), .haltForGood(cpu), .arm(cpu), .disarm(cpu), .acknowledge(cpu), .expire(cpu)]
          + all.filter { $0 != cpu }.flatMap { other -> [Action] in
            [.start(other, by: cpu), .interrupt(other, by: cpu)]
          }
      } + [.byte, .hangUp]
  }

  var cpus: [CPU]
  var supervisor: Check?
  var isConnected: Bool
  var isDead = false

  /// - Parameters:
  ///   - cpus: How many there are.
  ///   - running: Those whose guests execute.
  ///   - isConnected: Whether input may come.
  init(cpus: Int, running: Set<Int> = [0], isConnected: Bool = true) {
    self.cpus = (0..<cpus).map { cpu in
      running.contains(cpu)
        ? CPU(guest: .running, published: .running, place: .entered)
        : CPU(guest: .notStarted, published: .notStarted, place: .asleep)
    }
    self.isConnected = isConnected
  }

  // MARK: What happens

  mutating func perform(_ action: Action) -> Step {
    guard !isDead, act(action) else { return .impossible }
    if supervisor == nil && cpus.allSatisfy({ $0.check == nil }) {
      for cpu in cpus.indices { cpus[cpu].wakeUps = 0 }
    }
    return .done
  }

  private mutating func act(_ action: Action) -> Bool {
    switch action {
    case .start(let cpu, let by):
      guard executes(by), cpu > 0, !cpus[cpu].hasStartPage else { return false }
      guard cpus[cpu].guest == .notStarted else { return false }
      cpus[cpu].hasStartPage = true
    case .interrupt(let cpu, let by):
      guard executes(by), !cpus[cpu].line else { return false }
      cpus[cpu].line = true
    case .arm(let cpu):
      guard executes(cpu), !cpus[cpu].isArmed else { return false }
      cpus[cpu].isArmed = true
    case .disarm(let cpu):
      guard executes(cpu), cpus[cpu].isArmed else { return false }
      cpus[cpu].isArmed = false
    case .acknowledge(let cpu):
      guard executes(cpu), cpus[cpu].line else { return false }
      cpus[cpu].line = false
    case .halt(let cpu): return halt(cpu, .waiting)
    case .haltForGood(let cpu): return halt(cpu, .halted)
    case .expire(let cpu):
      guard cpus[cpu].isArmed else { return false }
      (cpus[cpu].isArmed, cpus[cpu].line) = (false, true)
    case .byte:
      guard isConnected, !cpus[0].line else { return false }
      cpus[0].line = true
    case .hangUp:
      guard isConnected, supervisor == nil else { return false }
      (isConnected, supervisor) = (false, Check(cpus: cpus.count))
    case .step(let cpu): return step(cpu)
    case .supervise:
      guard let check = supervisor else { return false }
      supervisor = look(check)
    }
    return true
  }

  private func executes(_ cpu: Int) -> Bool { cpus[cpu].place == .entered }

  private mutating func halt(_ cpu: Int, _ activity: VCPUActivity) -> Bool {
    guard executes(cpu) else { return false }
    cpus[cpu].guest = activity
    cpus[cpu].place = .published
    return true
  }

  /// The next step of a vCPU's thread: publish, ask look by look, sleep; wake, count, enter.
  private mutating func step(_ cpu: Int) -> Bool {
    switch cpus[cpu].place {
    case .entered: return false
    case .published:
      if let check = cpus[cpu].check {
        cpus[cpu].check = look(check)
        if cpus[cpu].check == nil { cpus[cpu].place = .asleep }
      } else {
        cpus[cpu].published = cpus[cpu].guest
        cpus[cpu].check = Check(cpus: cpus.count)
      }
    case .asleep:
      guard isReady(cpu) else { return false }
      cpus[cpu].published = .running
      cpus[cpu].place = .waking
    case .waking:
      guard cpus[cpu].wakeUps < 2 else { return false }
      cpus[cpu].wakeUps += 1
      (cpus[cpu].guest, cpus[cpu].place) = (.running, .entered)
    }
    return true
  }

  private func isReady(_ cpu: Int) -> Bool {
    switch cpus[cpu].guest {
    case .notStarted: cpus[cpu].hasStartPage
    case .waiting: cpus[cpu].line
    case .running, .halted: false
    }
  }

  /// One look; nil once it is decided.
  private mutating func look(_ check: Check) -> Check? {
    var check = check
    switch check.next {
    case .wakeUps(let cpu): check.note(wakeUps: cpus[cpu].wakeUps)
    case .activity(let cpu): check.note(cpus[cpu].published)
    case .start(let cpu): check.note(mayEndRest: cpus[cpu].hasStartPage)
    case .lines(let cpu): check.note(mayEndRest: cpus[cpu].line)
    case .timers(let cpu): check.note(mayEndRest: cpus[cpu].isArmed || cpus[cpu].line)
    case .serialPort: check.note(mayEndRest: isConnected || cpus[0].line)
    case nil: preconditionFailure("it is decided")
    }
    guard check.next == nil else { return check }
    if check.isDead { isDead = true }
    return nil
  }

  // MARK: What is to hold

  /// From what guests and devices are, whatever threads know of it.
  private var canRun: Bool {
    cpus.indices.contains { index in
      let cpu = cpus[index]
      return switch cpu.guest {
      case .running: true
      case .notStarted: cpu.hasStartPage
      case .waiting: cpu.line || cpu.isArmed || index == 0 && isConnected
      case .halted: false
      }
    }
  }

  var violation: Property? { isDead && canRun ? .falseDeath : nil }
  var debt: Property? { !isDead && !canRun ? .missedDeath : nil }
  static var patience: Int { 40 }

  /// Every thread continues to its next sleep.
  mutating func rest() {
    for cpu in cpus.indices where !isDead { _ = step(cpu) }
    if !isDead, let check = supervisor { supervisor = look(check) }
  }

  static func actor(of action: Action) -> Actor {
    switch action {
    case .step, .supervise, .byte, .hangUp: .host
    case .expire: .time
    default: .guest
    }
  }

  var readout: Readout {
    Readout(
      timer: cpus.map { "\($0.guest)" }.joined(separator: ", "), controller: isDead ? "dead" : "")
  }
}
