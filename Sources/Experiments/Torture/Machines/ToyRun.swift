internal import CKVM
internal import KVM
internal import LinuxHost

/// One run of a toy guest from its mark `ready` on, and what was seen of it.
struct ToyRun {
  let subject: TortureSubject
  let law: TortureLaw
  let timing: TortureTiming
  let place: DeadlinePlace

  var observation = Observation()
  /// Whether the deadline did not pass where it was to.
  var isMissed = false
  private var exits = 0
  private var steps = 0
  private var halts = 0
  private var isLineHigh = false
  /// When the guest has run for too long.
  private var limit: UInt64 = 0
  /// When the guest had said that it had read its clock, or began to run.
  private var lastSample: UInt64 = 0

  init(
    _ subject: TortureSubject, _ law: TortureLaw, _ timing: TortureTiming,
    _ place: DeadlinePlace
  ) {
    self.subject = subject
    self.law = law
    self.timing = timing
    self.place = place
  }

  // MARK: Running

  /// Runs the guest to a boundary, with the exit there completed, or to its end.
  ///
  /// - Parameters:
  ///   - toy: Where the guest is.
  ///   - boundary: Nil: to its end.
  /// - Returns: Whether the boundary was reached.
  /// - Throws: ``KVM/KVMError/failed(_:)`` naming the request.
  mutating func proceed(
    _ toy: borrowing ToyMachine, to boundary: CutBoundary?
  ) throws(KVMError) -> Bool {
    let now = MonotonicClock.now()
    limit = now + timing.limit(law)
    if lastSample == 0 { lastSample = now }
    toy.kicks.set(in: boundary?.isHalt == true ? timing.periodNanoseconds / 10 : timing.limit(law))
    defer { toy.kicks.clear() }
    let isStepping = boundary?.isStep == true
    if isStepping { try toy.vcpu.setSingleStep(true) }
    while true {
      var isAtHalt = false
      if isStepping { isAtHalt = try toy.nextOpcode() == ToyMachine.haltOpcode }
      // *Why not over HLT:* some backends forget that the vCPU is halted when they stop behind it.
      if isAtHalt { try toy.vcpu.setSingleStep(false) }
      let stop = try toy.run()
      if isStepping { try toy.settle() }
      guard try note(stop, toy) else {
        if isStepping { try toy.vcpu.setSingleStep(false) }
        return false
      }
      if isAt(boundary) {
        try toy.settle()
        if isStepping { try toy.vcpu.setSingleStep(false) }
        return true
      }
      if isAtHalt { try toy.vcpu.setSingleStep(true) }
    }
  }

  /// When a guest that executes is given up.
  ///
  /// *Why longer for one that has its interrupt:* what an emulator or a busy host takes from it comes to an end; one
  /// that waits in vain, or is halted, has been judged by the limit.
  private var patience: UInt64 {
    let hasInterrupt = law == .clock || observation.deliveries > 0
    return hasInterrupt ? limit + TortureTiming.patienceNanoseconds : limit
  }

  private func isAt(_ boundary: CutBoundary?) -> Bool {
    switch boundary {
    case nil: false
    case .exit(let number): exits >= number
    case .step(let number): steps >= number
    case .halt(let number): halts >= number
    }
  }

  /// - Returns: Whether the guest continues.
  private mutating func note(
    _ stop: ToyStop, _ toy: borrowing ToyMachine
  ) throws(KVMError) -> Bool {
    let now = MonotonicClock.now()
    switch stop {
    case .kicked:
      try toy.settle()
      let isHalted = try toy.vcpu.runState() == .halted
      guard now < (isHalted ? limit : patience) else { return end(.timedOut, now) }
      if isHalted { halts += 1 }
      toy.kicks.set(in: timing.periodNanoseconds / 10)
      return true
    case .exited(let code): return end(.exited(code: code), now)
    case .died(let reason): return end(.died(reason), now)
    case .step: break
    case .access: exits += 1
    case .event(let event):
      exits += 1
      try note(event, toy)
    }
    steps += 1
    return true
  }

  private mutating func end(_ end: Observation.End, _ now: UInt64) -> Bool {
    observation.end = end
    observation.endTime = now
    return false
  }

  private mutating func note(
    _ event: TortureEvent, _ toy: borrowing ToyMachine
  ) throws(KVMError) {
    observation.events.append(event)
    switch event.kind {
    case .started where law == .raised:
      if place == .natural || place == .earlier { try raise(toy) }
    case .started where place == .earlier:
      meet(frozen: 0)
      observation.released = MonotonicClock.now()
    case .handled where isLineHigh:
      isLineHigh = false
      try toy.machine.setLine(Self.line, isHigh: false)
    case .sampled: try sample(toy, event.time)
    default: break
    }
  }

  // MARK: The deadline

  /// When the next deadline of the guest's may pass at the earliest, and at the latest; nil while nothing is
  /// armed.
  var due: (earliest: UInt64, latest: UInt64)? {
    guard let armed = observation.events.first(where: { $0.kind == .armed }),
      let started = observation.events.first(where: { $0.kind == .started })
    else { return nil }
    let deliveries = UInt64(observation.deliveries)
    guard deliveries == 0 || law == .periodic else { return nil }
    let ahead = (deliveries + 1) * timing.periodNanoseconds
    return (armed.time + ahead, started.time + ahead)
  }

  /// Lets the deadline pass now, which has not passed before.
  ///
  /// - Parameter frozen: For how long the guest's timer may have stood still, in nanoseconds.
  mutating func meet(frozen: UInt64) {
    guard let due, MonotonicClock.now() < due.earliest else { return isMissed = true }
    while MonotonicClock.now() < due.latest + frozen { SpinWait.hint() }
  }

  /// Demands that the deadline has not passed.
  mutating func requireAhead() {
    guard let due, MonotonicClock.now() < due.earliest else { return isMissed = true }
  }

  /// Raises what the host raises.
  mutating func raise(_ toy: borrowing ToyMachine) throws(KVMError) {
    observation.raises.append(MonotonicClock.now())
    switch subject {
    case .nmi:
      observation.raises.append(MonotonicClock.now())
      try toy.vcpu.raiseNMI()
      try toy.vcpu.raiseNMI()
    case .ioapicLevel:
      isLineHigh = true
      try toy.machine.setLine(Self.line, isHigh: true)
    default:
      try toy.machine.setLine(Self.line, isHigh: true)
      try toy.machine.setLine(Self.line, isHigh: false)
    }
  }

  /// Says a line's level to a VM that has not heard of it, as every device does that is restored.
  func raiseAgain(_ toy: borrowing ToyMachine) throws(KVMError) {
    if isLineHigh { try toy.machine.setLine(Self.line, isHigh: true) }
  }

  /// The pin of the IOAPIC that guests use.
  private static let line = 5

  // MARK: Clocks

  /// Takes the sample that the guest has stored where RBX points: see ``GuestClock``.
  private mutating func sample(_ toy: borrowing ToyMachine, _ time: UInt64) throws(KVMError) {
    guard
      let bytes = toy.machine.memory.bytes(
        at: try toy.vcpu.registers().rbx, count: GuestClock.size),
      let clock = GuestClock(bytes).nanoseconds(subject, tscKilohertz: timing.tscKilohertz)
    else { return }
    observation.samples.append(.init(clock: clock, earliest: lastSample, time: time))
    lastSample = time
  }
}

extension CutBoundary {
  var isStep: Bool { if case .step = self { true } else { false } }
  var isHalt: Bool { if case .halt = self { true } else { false } }
}

extension ToyMachine {
  static let haltOpcode: UInt8 = 0xf4
}
