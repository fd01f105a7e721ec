public import KVM

/// Which kinds of breakpoints stop a guest on this host: some backends take the request, and never stop.
struct BreakpointSupport: Hashable, Sendable {
  /// Debug registers, of instructions.
  var registers = true
  /// `int3` in a guest's kernel, which stops or cannot be emulated.
  var instructions = true

  /// Whether a breakpoint in memory stops a guest (``BreakpointPatches``).
  func stopsInMemory(_ irqchip: IRQChip) -> Bool { irqchip == .user || instructions }

  /// Finds out, in throw-away machines; what cannot be found out is taken to work.
  static func find(on system: borrowing KVMSystem) -> BreakpointSupport {
    BreakpointSupport(
      registers: HostProbe.findDebugRegisters(on: system).value ?? true,
      instructions: HostProbe.findBreakpointInstructions(on: system).value ?? true)
  }

  init(registers: Bool = true, instructions: Bool = true) {
    (self.registers, self.instructions) = (registers, instructions)
  }
}

extension HostProbe {
  /// Whether a debug register stops a guest at an instruction.
  public static func findDebugRegisters(on system: borrowing KVMSystem) -> Finding<Bool> {
    // nop; nop; hlt
    withSpareVCPU(on: system, code: [0x90, 0x90, 0xf4]) { vcpu throws(KVMError) in
      // DR0 at the second instruction, enabled.
      try stops(vcpu, GuestDebugging(addresses: [0x1001, 0, 0, 0], control: 1 << 10 | 2))
    }
  }

  /// Whether `int3` stops a guest, for those who ask to be told.
  ///
  /// A backend that cannot emulate it stops there as well.
  public static func findBreakpointInstructions(on system: borrowing KVMSystem) -> Finding<Bool> {
    withSpareVCPU(on: system, code: [0x90, 0xcc, 0xf4]) { vcpu throws(KVMError) in
      var debugging = GuestDebugging()
      debugging.takesBreakpoints = true
      return try stops(vcpu, debugging)
    }
  }

  /// Runs code that ends by `hlt`, in protected mode, where an exception that is the guest's has no handler and
  /// resets it.
  ///
  /// *Why not in real mode:* some backends emulate `int3` there, and not in a guest's kernel.
  private static func stops(
    _ vcpu: borrowing VirtualCPU, _ debugging: GuestDebugging
  ) throws(KVMError) -> Finding<Bool> {
    try StartState.protected(entry: 0x1000, startInfo: 0).apply(to: vcpu)
    try vcpu.setDebugging(debugging)
    return switch try firstExit(of: vcpu) {
    case .debug, .emulationFailure: .found(true)
    case .halt, .shutdown: .found(false)
    case let exit: .unknown("\(exit) instead of a debug exit, a halt or a reset")
    }
  }
}
