internal import CKVM
internal import KVM
internal import LinuxHost

/// From one boundary to the next, so that no boundary is passed over.
///
/// A processor's single step alone is not enough. Some KVMs do not stop in the shadow of STI or of a load of SS,
/// or behind IRET; none stops at the first instruction of an interrupt's handler; and one that steps over HLT
/// halts the guest an instruction too late. So what these do is done by hand, or met by a trap.
extension InjectionMachine {
  /// Executes one instruction, or delivers one interrupt that is due.
  ///
  /// - Parameter deadline: When to give up, in nanoseconds of ``MonotonicClock``.
  /// - Returns: ``Stop/step`` at the next boundary, where a halted vCPU is at one, too.
  /// - Throws: ``KVM/KVMError/failed(_:)`` naming the request.
  mutating func step(until deadline: UInt64) throws(KVMError) -> Stop {
    madeShadow = .none
    if let vector = try dueVector() { return try enterHandler(of: vector, until: deadline) }
    guard try toy.vcpu.runState() != .halted else { return .halted }
    let registers = try toy.vcpu.registers()
    let special = try toy.vcpu.specialRegisters()
    let mode = GuestMode(special)
    let address = special.cs.base &+ registers.rip
    let instruction = StoppingInstruction(
      try bytes(at: address, count: 8), mode, isInterruptible: registers.rflags & 1 << 9 != 0)
    let isPrivileged = mode == .real || special.cs.selector & 3 == 0
    switch instruction {
    case .halt where isPrivileged:
      try skip(1, registers, .none)
      try toy.vcpu.halt()
      return .step
    case .enableInterrupts where isPrivileged:
      var registers = registers
      registers.rflags |= 1 << 9
      try skip(1, registers, .sti)
      return .step
    case .loadSS(let length):
      let stop = try run(to: address &+ UInt64(length), until: deadline)
      if stop == .step { try cast(.movSS) }
      return stop
    case .pushFlags(let length): return try run(to: address &+ UInt64(length), until: deadline)
    case .interruptReturn:
      guard let back = try returnAddress() else { return try run(stepping: true, until: deadline) }
      return try run(to: back, until: deadline)
    default: return try run(stepping: true, until: deadline)
    }
  }

  /// Puts RIP behind an instruction whose effect is made by hand.
  private mutating func skip(
    _ length: UInt64, _ registers: kvm_regs, _ shadow: InterruptShadow
  ) throws(KVMError) {
    var registers = registers
    registers.rip &+= length
    try toy.vcpu.setRegisters(registers)
    try cast(shadow)
  }

  private mutating func cast(_ shadow: InterruptShadow) throws(KVMError) {
    try toy.vcpu.setInterruptShadow(shadow)
    madeShadow = shadow
  }

  /// Runs up to an address, by a trap; a plain step where there is no RAM.
  private mutating func run(to address: UInt64, until deadline: UInt64) throws(KVMError) -> Stop {
    guard let trap = try trap(at: address) else { return try run(stepping: true, until: deadline) }
    lay([trap])
    defer { lift() }
    let stop = try run(until: deadline)
    return stop == .trap(trap) ? .step : stop
  }

  // MARK: Interrupts

  /// The vector that the processor delivers at this boundary; nil: none.
  func dueVector() throws(KVMError) -> UInt8? {
    let events = try toy.vcpu.interruptShadow()
    guard events != .movSS else { return nil }
    if try toy.vcpu.hasPendingNMI() { return 2 }
    guard events == .none, try toy.vcpu.registers().rflags & 1 << 9 != 0 else { return nil }
    return try deliverableVector()
  }

  /// Delivers an interrupt, and stops at the handler's first instruction.
  private mutating func enterHandler(
    of vector: UInt8, until deadline: UInt64
  ) throws(KVMError) -> Stop {
    guard let address = try handler(of: vector), let trap = try trap(at: address) else {
      return try run(stepping: true, until: deadline)
    }
    lay([trap])
    defer { lift() }
    let stop = try run(until: deadline)
    return stop == .trap(trap) ? .step : stop
  }

  /// The linear address of a vector's handler, by the guest's interrupt table; nil where it has none.
  func handler(of vector: UInt8) throws(KVMError) -> UInt64? {
    let special = try toy.vcpu.specialRegisters()
    let mode = GuestMode(special)
    guard let gate = mode.gate(of: vector, in: special.idt) else { return nil }
    let bytes = try bytes(at: gate.address, count: gate.size)
    return bytes.count == gate.size ? mode.handler(bytes) : nil
  }

  /// The instruction pointer at the top of the stack, as an interrupt pushed it, linear.
  func returnAddress() throws(KVMError) -> UInt64? {
    let special = try toy.vcpu.specialRegisters()
    let mode = GuestMode(special)
    let size = mode.frameWordSize
    let stack =
      (mode == .long ? 0 : special.ss.base)
      &+ (mode == .real
        ? try toy.vcpu.registers().rsp & 0xffff : try toy.vcpu.registers().rsp)
    let bytes = try bytes(at: stack, count: 2 * size)
    guard bytes.count == 2 * size else { return nil }
    func word(_ index: Int) -> UInt64 {
      (0..<size).reduce(0) { $0 | UInt64(bytes[index * size + $1]) << (8 * $1) }
    }
    return mode == .real ? word(1) << 4 + word(0) : word(0)
  }

  // MARK: Traps

  /// A trap at a linear address; nil where that is not in RAM, or the trap would be on two pages.
  func trap(at address: UInt64) throws(KVMError) -> HandlerTrap? {
    let size = HandlerTrap.instruction.count
    guard try bytes(at: address, count: size).count == size,
      let physical = try toy.vcpu.physicalAddress(of: address)
    else { return nil }
    return HandlerTrap(address: address, physical: physical)
  }

  /// Puts traps in the place of instructions.
  mutating func lay(_ new: [HandlerTrap]) {
    for trap in new {
      let size = HandlerTrap.instruction.count
      guard let original = toy.machine.memory.bytes(at: trap.physical, count: size),
        toy.machine.memory.write(HandlerTrap.instruction, at: trap.physical)
      else { preconditionFailure("a trap lies in RAM") }
      traps.append((trap, original))
    }
  }

  /// Executes what a trap stands for, with all traps lifted: the instructions that begin where its bytes are.
  ///
  /// - Returns: ``Stop/step``, or why the guest stopped before.
  mutating func leave(_ trap: HandlerTrap, until deadline: UInt64) throws(KVMError) -> Stop {
    lift()
    while true {
      let stop = try run(stepping: true, until: deadline)
      guard stop == .step else { return stop }
      let address = try toy.vcpu.specialRegisters().cs.base &+ toy.vcpu.registers().rip
      if address &- trap.address >= UInt64(HandlerTrap.instruction.count) { return .step }
    }
  }

  /// The trap, if it were laid, that RIP is at or in the middle of.
  func trapAround(_ traps: [HandlerTrap]) throws(KVMError) -> HandlerTrap? {
    let address = try toy.vcpu.specialRegisters().cs.base &+ toy.vcpu.registers().rip
    return traps.first { address &- $0.address < UInt64(HandlerTrap.instruction.count) }
  }

  /// Puts back the instructions, in the reverse order: two traps may overlap.
  mutating func lift() {
    for (trap, original) in traps.reversed() {
      precondition(toy.machine.memory.write(original, at: trap.physical), "a trap lies in RAM")
    }
    traps = []
  }
}

/// An instruction behind which single steps do not stop, or not rightly.
private enum StoppingInstruction {
  case halt, enableInterrupts, interruptReturn
  case loadSS(length: Int)
  /// Under a single step, some push RFLAGS.TF that the guest does not have.
  case pushFlags(length: Int)

  init?(_ bytes: [UInt8], _ mode: GuestMode, isInterruptible: Bool) {
    // Prefixes that these may have: operand size, and in 64-bit code REX.
    let prefixes = bytes.prefix { $0 == 0x66 || mode == .long && $0 & 0xf0 == 0x40 }.count
    guard prefixes <= 2, let opcode = bytes.dropFirst(prefixes).first else { return nil }
    switch opcode {
    case 0xf4 where prefixes == 0: self = .halt
    case 0xfb where prefixes == 0 && !isInterruptible: self = .enableInterrupts
    case 0x9c: self = .pushFlags(length: prefixes + 1)
    case 0xcf: self = .interruptReturn
    case 0x17 where mode != .long: self = .loadSS(length: prefixes + 1)
    case 0x8e:
      // mov to SS (reg 2) from a register.
      guard let operand = bytes.dropFirst(prefixes + 1).first, operand & 0xf8 == 0xd0 else {
        return nil
      }
      self = .loadSS(length: prefixes + 2)
    default: return nil
    }
  }
}
