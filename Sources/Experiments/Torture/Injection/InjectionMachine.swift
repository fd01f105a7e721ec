internal import CKVM
internal import GuestImages
internal import KVM
internal import LinuxHost
internal import VMM

/// A toy machine whose guest is stopped where an interrupt can be raised, and where it is taken.
///
/// *Devices:* the exit port, and a serial port that is always ready to send. Everything else reads all ones.
struct InjectionMachine: ~Copyable {
  let toy: ToyMachine
  let interrupt: InjectedInterrupt
  /// What the guest sent, as a digest; and whether its level is held high.
  var outputDigest: UInt64 = Self.emptyDigest
  var isLineHigh = false
  /// The shadow that the instruction before casts, where a step made it.
  ///
  /// *Why not only as KVM says:* AMD's processors have one bit for both kinds.
  var madeShadow = InterruptShadow.none
  /// The traps that are laid, with what was there.
  var traps: [(trap: HandlerTrap, original: [UInt8])] = []

  /// Why the guest stopped.
  enum Stop: Hashable {
    /// At a trap; RIP is the trap's address.
    case trap(HandlerTrap)
    /// Behind an instruction.
    case step
    /// Halted, and neither a line nor its own timer is to wake it.
    case halted
    /// The deadline passed.
    case overdue
    /// For good.
    case ended(InjectionOutcome.End)
  }

  /// Everything that a run changes.
  struct Snapshot {
    let toy: ToySnapshot
    let output: UInt64
    let isLineHigh: Bool
    let madeShadow: InterruptShadow
  }

  private static let emptyDigest: UInt64 = 0xcbf2_9ce4_8422_2325
  /// How long a vCPU is left alone before it is looked at, in nanoseconds.
  private static let glance: UInt64 = 2_000_000

  init(
    _ image: BootImage, _ arguments: String, _ interrupt: InjectedInterrupt,
    on system: borrowing KVMSystem
  ) throws(MachineError) {
    toy = try ToyMachine.booting(image, arguments, on: system)
    self.interrupt = interrupt
  }

  // MARK: Snapshots

  /// Assumes: no traps are laid.
  func snapshot() throws(KVMError) -> Snapshot {
    precondition(traps.isEmpty, "a snapshot has no traps in it")
    var state = try toy.save(ToySnapshot.resetOrder)
    state.forgetSpentCount()
    return Snapshot(
      toy: ToySnapshot(state: state, pages: toy.pages.map { toy.page($0) }), output: outputDigest,
      isLineHigh: isLineHigh, madeShadow: madeShadow)
  }

  /// Goes back.
  ///
  /// *Order:* the last exit is completed first. Some KVMs move RIP past an `out` only then, and would move the RIP
  /// that is put back here.
  mutating func restore(_ snapshot: Snapshot) throws(KVMError) {
    try toy.settle()
    traps = []  // What was in their place comes with the pages.
    try lower()
    try toy.reset(to: snapshot.toy)
    outputDigest = snapshot.output
    isLineHigh = snapshot.isLineHigh
    madeShadow = snapshot.madeShadow
  }

  // MARK: The interrupt

  /// Raises the interrupt.
  ///
  /// - Parameter isLevel: Whether the line stays high until its handler is entered.
  /// - Throws: ``KVM/KVMError/failed(_:)`` naming the request.
  mutating func raise(isLevel: Bool) throws(KVMError) {
    switch interrupt {
    case .nmi: try toy.vcpu.raiseNMI()
    case .line(let line):
      try toy.machine.setLine(line, isHigh: true)
      isLineHigh = true
      if !isLevel { try lower() }
    }
  }

  /// Lowers a line that is high, as a device does whose driver has come.
  mutating func lower() throws(KVMError) {
    guard isLineHigh, case .line(let line) = interrupt else { return }
    try toy.machine.setLine(line, isHigh: false)
    isLineHigh = false
  }

  // MARK: Running

  /// Runs the guest to a stop.
  ///
  /// - Parameters:
  ///   - isStepped: Whether it stops behind the next instruction.
  ///   - deadline: When to give up, in nanoseconds of ``MonotonicClock``.
  /// - Returns: Why it stopped.
  /// - Throws: ``KVM/KVMError/failed(_:)`` naming the request.
  mutating func run(stepping isStepped: Bool = false, until deadline: UInt64) throws(KVMError)
    -> Stop
  {
    try toy.vcpu.setSingleStep(isStepped)
    while true {
      toy.vcpu.requestImmediateExit(false)
      toy.kicks.set(in: Self.glance)
      let exit = try toy.vcpu.enter()
      toy.kicks.clear()
      if exit == .interrupted {
        if try isHaltedForGood() { return .halted }
        if MonotonicClock.now() >= deadline { return .overdue }
        continue
      }
      if let end = try serve(exit) { return .ended(end) }
      if case .debug = exit { return .step }
      if let end = try complete() { return .ended(end) }
      if let trap = try arrivedAt(exit) { return .trap(trap) }
      if isStepped { return .step }
      if MonotonicClock.now() >= deadline { return .overdue }
    }
  }

  /// Completes the instruction that exited.
  private mutating func complete() throws(KVMError) -> InjectionOutcome.End? {
    while case let exit = try toy.vcpu.completeExit(), exit != .interrupted {
      if case .debug = exit { break }
      if let end = try serve(exit) { return end }
    }
    return nil
  }

  /// The trap whose `out` made an exit, with RIP set back to its address.
  private func arrivedAt(_ exit: VCPUExit) throws(KVMError) -> HandlerTrap? {
    guard case .port(let access) = exit, access.isWrite, access.port == UInt16(HandlerTrap.port)
    else { return nil }
    var registers = try toy.vcpu.registers()
    let base = try toy.vcpu.specialRegisters().cs.base
    let address = base &+ registers.rip &- UInt64(HandlerTrap.instruction.count)
    guard let trap = traps.first(where: { $0.trap.address == address })?.trap else { return nil }
    registers.rip = address &- base
    try toy.vcpu.setRegisters(registers)
    return trap
  }

  /// Does what an exit asks; returns how the guest ended, if it did.
  private mutating func serve(_ exit: VCPUExit) throws(KVMError) -> InjectionOutcome.End? {
    switch exit {
    case .interrupted, .debug, .store: return nil
    case .load: toy.vcpu.answerLoad(.max)
    case .port(let access): return serve(access)
    case .shutdown, .systemEvent: return .reset
    case .emulationFailure:
      return .failed("an instruction that KVM cannot emulate")
    default: return .failed("\(exit)")
    }
    return nil
  }

  private mutating func serve(_ access: PortAccess) -> InjectionOutcome.End? {
    let lineStatus = UInt16(PLATFORM_SERIAL_PORT) + 5
    for index in 0..<access.count {
      guard access.isWrite else {
        // 0x60: the transmitter is empty.
        toy.vcpu.answer(access, index, with: access.port == lineStatus ? 0x60 : .max)
        continue
      }
      let value = toy.vcpu.portValue(access, index)
      if access.port == UInt16(PLATFORM_EXIT_PORT) { return .exited(code: value) }
      if access.port == UInt16(PLATFORM_SERIAL_PORT) {
        // FNV-1a, of 64 bits.
        outputDigest = (outputDigest ^ UInt64(value & 0xff)) &* 0x100_0000_01b3
      }
    }
    return nil
  }

  // MARK: Looking

  /// Whether the vCPU is halted, with nothing on its way to it.
  ///
  /// *What could be:* an interrupt in IRR that RFLAGS.IF lets through ends the halt at the next entry; the local
  /// APIC's timer, if it runs; the PIT, once the guest has programmed it. The machine has nothing else.
  func isHaltedForGood() throws(KVMError) -> Bool {
    guard try toy.vcpu.runState() == .halted else { return false }
    let apic = LocalAPICPage(try toy.get(.localAPIC))
    if try toy.vcpu.pendingEvents().isAny { return false }
    if try toy.vcpu.registers().rflags & 1 << 9 == 0 { return true }
    let isPITIdle = try !KernelTimerState(toy.get(.pit)).isProgrammed
    let deadline = try toy.vcpu.modelSpecificRegister(0x6e0) ?? 0
    let vector = try deliverableVector()
    return isPITIdle && deadline == 0 && vector == nil && !apic.isTimerRunning
  }

  /// The vector that the processor would take next, were interrupts on.
  func deliverableVector() throws(KVMError) -> UInt8? {
    let apic = LocalAPICPage(try toy.get(.localAPIC))
    if let vector = apic.deliverable { return vector }
    return apic.deliverable(
      primary: try toy.get(.primaryPIC), secondary: try toy.get(.secondaryPIC))
  }

  /// Bytes at a linear address, as far as they are in RAM and on its page; at most `count`.
  func bytes(at address: UInt64, count: Int) throws(KVMError) -> [UInt8] {
    guard let physical = try toy.vcpu.physicalAddress(of: address) else { return [] }
    let count = min(count, Int(4096 - physical % 4096))
    return toy.machine.memory.bytes(at: physical, count: count) ?? []
  }
}

extension ToyState {
  /// Has a one-shot timer of the local APIC that ran out not start again when the page is written.
  ///
  /// *Why:* KVM cannot tell one that was handled from one that was not, and would double its interrupt, which is
  /// not what is looked for here.
  fileprivate mutating func forgetSpentCount() { changeLocalAPIC { $0.stopSpentTimer() } }
}
