internal import CKVM
internal import KVM
internal import LinuxHost
internal import VMM

/// A walk through a guest: first to its end as it is, then boundary by boundary.
struct InjectionWalk {
  private let plan: Injection
  private(set) var result: InjectionResult
  /// The handlers that count as the interrupt's.
  private var handlers: [HandlerTrap] = []
  private var isLevel = false
  private var visits: [UInt64: Int] = [:]

  init(_ plan: Injection) {
    self.plan = plan
    result = InjectionResult(interrupt: plan.interrupt, reference: InjectionOutcome(), raises: 0)
  }

  /// When a run is over, in nanoseconds of ``MonotonicClock``.
  private var deadline: UInt64 { MonotonicClock.now() &+ max(plan.runMax, 10 &* duration) }
  /// How long the guest takes by itself, in nanoseconds; 0 where it has no end.
  private var duration: UInt64 = 0

  // MARK: The guest as it is

  /// Lets the guest run twice: to find its handlers, which it may set up at any time; then to see them entered.
  mutating func observe(_ machine: inout InjectionMachine) throws(KVMError) {
    let start = try machine.snapshot()
    let begin = MonotonicClock.now()
    if try run(&machine, raises: .max).0.end != .endless { duration = MonotonicClock.now() - begin }
    let vectors = try machine.vectors()
    isLevel = try machine.isLevelTriggered()
    for vector in vectors {
      guard let address = try machine.handler(of: vector), let trap = try machine.trap(at: address),
        !handlers.contains(trap)
      else { continue }
      handlers.append(trap)
    }
    try machine.restore(start)
    let (outcome, raises) = try run(&machine, raises: .max)
    try machine.restore(start)
    result = InjectionResult(interrupt: plan.interrupt, reference: outcome, raises: raises)
  }

  /// How often a guest that does nothing but wait is woken.
  private static let raisesMax = 1000

  /// Runs to the end, and raises the interrupt where the guest halts with nothing else to wake it.
  ///
  /// - Parameters:
  ///   - machine: Where the guest is.
  ///   - raises: How often to, at most.
  /// - Returns: What was seen, and how often the interrupt was raised.
  /// - Throws: ``KVM/KVMError/failed(_:)`` naming the request.
  private func run(
    _ machine: inout InjectionMachine, raises: Int
  ) throws(KVMError) -> (InjectionOutcome, raises: Int) {
    var outcome = InjectionOutcome()
    let deadline = deadline
    var raised = 0
    // Where the guest begins in a handler, it has not just been taken there; and a trap must not be laid over an
    // instruction that is about to be executed, which may begin within it.
    if let trap = try machine.trapAround(handlers),
      case .ended(let end) = try machine.leave(trap, until: deadline)
    {
      return (finished(outcome, end, machine), raised)
    }
    machine.lay(handlers)
    defer { machine.lift() }
    while true {
      switch try machine.run(until: deadline) {
      case .trap(let trap):
        outcome.taken.append(try machine.returnAddress() ?? 0)
        try machine.lower()
        if case .ended(let end) = try machine.leave(trap, until: deadline) {
          return (finished(outcome, end, machine), raised)
        }
        machine.lay(handlers)
      case .halted where raised < min(raises, Self.raisesMax):
        raised += 1
        try machine.raise(isLevel: isLevel)
        guard try !machine.isHaltedForGood() else {
          return (finished(outcome, try machine.haltedEnd(), machine), raised)
        }
      case .halted: return (finished(outcome, try machine.haltedEnd(), machine), raised)
      case .overdue:
        let isHalted = try machine.toy.vcpu.runState() == .halted
        return (
          finished(outcome, isHalted ? try machine.haltedEnd() : .endless, machine), raised
        )
      case .ended(let end): return (finished(outcome, end, machine), raised)
      case .step: preconditionFailure("nothing asked for a step")
      }
    }
  }

  private func finished(
    _ outcome: InjectionOutcome, _ end: InjectionOutcome.End, _ machine: borrowing InjectionMachine
  ) -> InjectionOutcome {
    var outcome = outcome
    outcome.end = end
    outcome.output = machine.outputDigest
    return outcome
  }

  // MARK: Boundary by boundary

  /// Tries each boundary.
  ///
  /// Assumes: ``observe(_:)``, and the machine at its start again.
  mutating func walk(_ machine: inout InjectionMachine) throws(KVMError) {
    var (raised, known) = (0, 0)
    while result.rows.count < plan.boundariesMax && known < plan.repetitionsMax {
      if plan.isInterrupted(result.rows.count) { return }
      // What is due is delivered before anything that is raised now: that boundary was tried before.
      if try machine.dueVector() == nil {
        known = try tryBoundary(&machine, raised: raised) ? 0 : known + 1
      }
      switch try machine.step(until: deadline) {
      case .step, .trap: continue
      case .halted where raised < result.raises:
        raised += 1
        try machine.raise(isLevel: isLevel)
      case .halted, .ended:
        result.isComplete = true
        return
      case .overdue: return
      }
    }
  }

  /// Tries a boundary, unless it was often enough; returns whether it did.
  private mutating func tryBoundary(
    _ machine: inout InjectionMachine, raised: Int
  ) throws(KVMError) -> Bool {
    let place = try machine.place()
    let visit = visits[place.address, default: 0]
    visits[place.address] = visit + 1
    guard visit < plan.visitsMax else { return false }
    let snapshot = try machine.snapshot()
    try machine.raise(isLevel: isLevel)
    let (outcome, _) = try run(&machine, raises: max(0, result.raises - raised - 1))
    try machine.restore(snapshot)
    result.rows.append(
      InjectionRow(
        address: place.address, bytes: place.bytes, visit: visit, raised: raised,
        isHalted: place.isHalted, hold: place.hold, outcome: outcome))
    return true
  }
}

extension InjectionMachine {
  /// Where the guest stands, and what holds an interrupt back there.
  fileprivate func place() throws(KVMError) -> (
    address: UInt64, bytes: [UInt8], isHalted: Bool, hold: InjectionRow.Hold
  ) {
    let registers = try toy.vcpu.registers()
    let isHalted = try toy.vcpu.runState() == .halted
    var hold = InjectionRow.Hold.none
    if interrupt != .nmi && registers.rflags & 1 << 9 == 0 { hold = .off }
    let shadow = try toy.vcpu.interruptShadow()
    switch shadow == .none || madeShadow == .none ? shadow : madeShadow {
    case .movSS: hold = .afterMovSS
    case .sti where interrupt != .nmi: hold = .afterSTI
    default: break
    }
    if interrupt == .nmi, try toy.vcpu.pendingEvents().blocksNMI { hold = .inNMI }
    if try !isOpen() { hold = .closed }
    let address = try toy.vcpu.specialRegisters().cs.base &+ registers.rip
    return (address, try bytes(at: address, count: 15), isHalted, hold)
  }

  fileprivate func haltedEnd() throws(KVMError) -> InjectionOutcome.End {
    let registers = try toy.vcpu.registers()
    return .halted(
      at: try toy.vcpu.specialRegisters().cs.base &+ registers.rip,
      isInterruptible: registers.rflags & 1 << 9 != 0)
  }

  // MARK: The controllers

  /// The vectors by which the interrupt reaches the guest, as its controllers stand.
  fileprivate func vectors() throws(KVMError) -> [UInt8] {
    guard case .line(let line) = interrupt else { return [2] }
    var vectors: [UInt8] = []
    let apic = LocalAPICPage(try toy.get(.localAPIC))
    let entry = try redirection(of: line)
    if entry & 1 << 16 == 0, apic.isEnabled {
      let isNMI = entry >> 8 & 7 == 4
      vectors.append(isNMI ? 2 : UInt8(truncatingIfNeeded: entry))
    }
    if line < 16,
      let vector = apic.vector(
        ofLine: line, pic: try toy.get(line < 8 ? .primaryPIC : .secondaryPIC))
    {
      vectors.append(vector)
    }
    return vectors
  }

  /// Whether the guest's controllers let the interrupt through, and an NMI finds a handler.
  ///
  /// *Why an interrupt's handler does not matter:* until the guest takes it, there may be one.
  private func isOpen() throws(KVMError) -> Bool {
    if interrupt == .nmi { return try handler(of: 2) != nil }
    return try !vectors().isEmpty
  }

  /// Whether the IOAPIC's pin takes levels.
  fileprivate func isLevelTriggered() throws(KVMError) -> Bool {
    guard case .line(let line) = interrupt else { return false }
    return try redirection(of: line) & 1 << 15 != 0
  }

  /// An entry of the IOAPIC (struct kvm_ioapic_state: from byte 24 on, 8 bytes each).
  private func redirection(of line: Int) throws(KVMError) -> UInt64 {
    let bytes = try toy.get(.ioapic)
    return (0..<8).reduce(0) { $0 | UInt64(bytes[24 + 8 * line + $1]) << (8 * $1) }
  }
}
