/// The question whether a guest is dead, asked while its vCPUs continue (`--irqchip user`).
///
/// A vCPU publishes that it rests, asks this, and only then sleeps; and so does every other. A guest is dead
/// if every vCPU rests and nothing can end one of the rests. Each look is at another instant, and between
/// any two of them every other thread may do anything: ``next`` says where to look, and the driver answers.
///
/// *Guarantee:* what is dead by this can never run again. Of vCPUs that have come to rest for good, the last
/// one to ask finds the guest dead.
///
/// *Order*, the argument for it:
///
/// 1. How often each vCPU has ended a rest.
/// 2. What each does. If all rest, then each did so at its look; by the last of these looks, L, all had
///    come to rest at least once.
/// 3. What could end a rest, *after* L. Who leaves a message (a start, a line, a timer that it sets) does so
///    before it rests; so the messages of all vCPUs that rested at L are there to be seen.
///    A message is taken back by guests alone: a start page stays, a line is lowered by an access of a guest,
///    and what a device does by itself raises its line before it becomes unable to.
/// 4. How often each has ended a rest, again. A vCPU counts that before it enters the guest. So if no number
///    changed, no guest ran between its vCPU's look in 2 and this one, and nothing was taken back.
///
/// Where a number changed nothing is proven, and nothing is lost: a vCPU that ended a rest asks again when
/// it comes to the next.
struct DeathCheck: Hashable, Sendable {
  /// Where to look.
  enum Look: Hashable, Sendable {
    /// How often the vCPU has ended a rest.
    case wakeUps(cpu: Int)
    /// What it does.
    case activity(cpu: Int)
    /// Whether it was told to start.
    case start(cpu: Int)
    /// Whether one of its interrupt lines is high.
    case lines(cpu: Int)
    /// Whether one of its timers, left alone, will interrupt it.
    case timers(cpu: Int)
    /// Whether the serial port may interrupt vCPU 0.
    case serialPort
  }

  /// Where to look next; nil once it is decided.
  private(set) var next: Look?
  /// Whether the guest is proven dead.
  private(set) var isDead = false

  private let cpus: Int
  private var wakeUps: UInt64 = 0
  private var isSecondCount = false
  /// Bit n: vCPU n has not been started.
  private var notStarted: UInt16 = 0
  /// Bit n: vCPU n is halted, and an interrupt would wake it.
  private var waiting: UInt16 = 0

  /// A check of a machine with so many vCPUs, 1 to 16.
  init(cpus: Int) {
    precondition((1...16).contains(cpus))
    self.cpus = cpus
    next = .wakeUps(cpu: 0)
  }

  /// Takes a number of wake-ups.
  ///
  /// The sum wraps, and numbers only grow: sums that agree are of the same numbers.
  mutating func note(wakeUps count: UInt64) {
    guard case .wakeUps(let cpu) = next else { preconditionFailure("not asked") }
    wakeUps = isSecondCount ? wakeUps &- count : wakeUps &+ count
    if cpu + 1 < cpus {
      next = .wakeUps(cpu: cpu + 1)
    } else if isSecondCount {
      isDead = wakeUps == 0
      next = nil
    } else {
      next = .activity(cpu: 0)
    }
  }

  /// Takes what a vCPU does.
  mutating func note(_ activity: VCPUActivity) {
    guard case .activity(let cpu) = next else { preconditionFailure("not asked") }
    switch activity {
    case .running: return next = nil
    case .notStarted: notStarted |= 1 << cpu
    case .waiting: waiting |= 1 << cpu
    case .halted: break
    }
    next = cpu + 1 < cpus ? .activity(cpu: cpu + 1) : cause(ofCPU: 0)
  }

  /// Takes whether something may end a rest.
  mutating func note(mayEndRest: Bool) {
    guard !mayEndRest else { return next = nil }
    switch next {
    case .start(let cpu): next = cause(ofCPU: cpu + 1)
    case .lines(let cpu): next = .timers(cpu: cpu)
    case .timers(let cpu): next = cpu == 0 ? .serialPort : cause(ofCPU: cpu + 1)
    case .serialPort: next = cause(ofCPU: 1)
    default: preconditionFailure("not asked")
    }
  }

  /// Where to look for what ends the rest of the vCPU or, as a vCPU halted for good has no such, of the next.
  private mutating func cause(ofCPU first: Int) -> Look {
    for cpu in first..<max(first, cpus) {
      if notStarted >> cpu & 1 == 1 { return .start(cpu: cpu) }
      if waiting >> cpu & 1 == 1 { return .lines(cpu: cpu) }
    }
    isSecondCount = true
    return .wakeUps(cpu: 0)
  }
}
