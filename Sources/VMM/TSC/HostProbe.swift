internal import CKVM
public import KVM
public import TimerModels

/// What this host's KVM does where backends differ, found out in throw-away machines.
public struct HostProbe: Sendable {
  /// Whether 32-bit protected mode can return from an interrupt.
  public let interruptReturn32: Finding<Bool>
  /// Whether long mode can execute at CPL 0 what kernels of today need there: LOCK CMPXCHG16B, INT3.
  ///
  /// A backend that emulates CPL 0 may lack them; no Linux boots there.
  public let kernelInstructions: Finding<Bool>
  /// How often one level interrupt is delivered in long mode without a controller; 1 is right.
  public let deliveriesUser: Finding<Int>
  /// How often one level interrupt is delivered whose line was high before the in-kernel IOAPIC's
  /// pin was unmasked; 1 is right.
  public let deliveriesKernel: Finding<Int>
  /// The same through local APICs in the kernel and an IOAPIC in this program.
  public let deliveriesSplit: Finding<Int>
  /// What becomes of a write of IA32_TSC by the host.
  public let tscWrites: Finding<TSCWrites>
  /// By which rules KVM matches TSC writes, where it honours them.
  public let tscRules: Finding<TSCRuleSet>
  /// Where RIP is at a port exit, before it is completed.
  public let instructionPointer: Finding<InstructionPointer>
  /// Whether a debug register stops a guest at an instruction.
  public let debugRegisters: Finding<Bool>
  /// Whether `int3` stops a guest for its debugger.
  public let breakpointInstructions: Finding<Bool>

  /// An answer, or why there is none.
  public enum Finding<Value: Hashable & Sendable>: Hashable, Sendable {
    /// What was found.
    case found(Value)
    /// Why nothing was.
    case unknown(String)

    /// The answer, if there is one.
    public var value: Value? { if case .found(let value) = self { value } else { nil } }
  }

  /// What becomes of a write of IA32_TSC.
  public enum TSCWrites: String, Hashable, Sendable {
    /// The TSC reads what was written, and counts on from there.
    case honoured
    /// The TSC reads as if nothing had been written.
    case ignored
    /// The TSC changed, but not to what was written.
    case clamped
  }

  /// Where RIP is at a port exit.
  public enum InstructionPointer: String, Hashable, Sendable {
    /// Still on the instruction: the next KVM_RUN completes it.
    case onInstruction = "on the instruction"
    /// Past it already.
    case pastInstruction = "past the instruction"
  }

  /// Runs all experiments; each ends within a few seconds whatever the host does.
  public init(_ system: borrowing KVMSystem) {
    interruptReturn32 = Self.run("iret32", .user, on: system).flatMap { outcome in
      switch outcome {
      case .exited(code: 0): .found(true)
      case .unknownInstruction, .reset: .found(false)
      default: .unknown("\(outcome)")
      }
    }
    kernelInstructions = Self.findKernelInstructions(on: system)
    deliveriesUser = Self.countDeliveries(.user, on: system)
    deliveriesKernel = Self.countDeliveries(.kernel, on: system)
    deliveriesSplit = Self.countDeliveries(.split, on: system)
    tscWrites = Self.findTSCWrites(on: system)
    tscRules = Self.findTSCRules(on: system)
    instructionPointer = Self.withSpareVCPU(
      on: system, code: [0xe6, 0x80, 0xf4], Self.findInstructionPointer)
    debugRegisters = Self.findDebugRegisters(on: system)
    breakpointInstructions = Self.findBreakpointInstructions(on: system)
  }

  // MARK: Experiments with guests

  /// Whether ``kernelInstructions`` work.
  public static func findKernelInstructions(on system: borrowing KVMSystem) -> Finding<Bool> {
    run("kernel-code", .user, on: system).flatMap { outcome in
      switch outcome {
      case .exited(code: 0): .found(true)
      case .exited, .unknownInstruction, .reset: .found(false)
      default: .unknown("\(outcome)")
      }
    }
  }

  /// How often one level interrupt is delivered; 1 is right.
  public static func countDeliveries(
    _ controller: IRQChip, on system: borrowing KVMSystem
  ) -> Finding<Int> {
    run("level-count", controller, on: system).flatMap { outcome in
      if case .exited(let code) = outcome { .found(Int(code)) } else { .unknown("\(outcome)") }
    }
  }

  private static func run(
    _ name: String, _ controller: IRQChip, on system: borrowing KVMSystem
  ) -> Finding<Outcome> {
    guard let guest = BuiltInGuest.named(name) else { preconditionFailure("no guest \(name)") }
    var configuration = MachineConfiguration()
    configuration.memorySize = 2 << 20
    configuration.irqchip = controller
    configuration.timeoutNanoseconds = 5_000_000_000
    configuration.readsInput = false
    configuration.console = nil
    do {
      let machine = try Machine(
        configuration, on: system, image: BootImage(guest.file))
      return .found(try machine.run().outcome)
    } catch {
      return .unknown("\(error)")
    }
  }

  // MARK: Experiments without

  /// Executes `out %al, $0x80` in real mode and looks where RIP is.
  private static func findInstructionPointer(
    _ vcpu: borrowing VirtualCPU
  ) throws(KVMError) -> Finding<InstructionPointer> {
    try StartState.startUp(page: 1).apply(to: vcpu)
    let exit = try firstExit(of: vcpu)
    guard case .port = exit else { return .unknown("\(exit) instead of a port exit") }
    return .found(try vcpu.registers().rip == 0 ? .onInstruction : .pastInstruction)
  }

  /// Runs a guest to its first exit, whatever signals come.
  ///
  /// Assumes: no thread kicks the vCPU, and its code is a few instructions.
  static func firstExit(of vcpu: borrowing VirtualCPU) throws(KVMError) -> VCPUExit {
    while true {
      let exit = try vcpu.enter()
      if exit != .interrupted { return exit }
    }
  }

  /// Lends a vCPU of a machine with 64 KiB of RAM that goes afterwards.
  static func withSpareVCPU<Value>(
    on system: borrowing KVMSystem, code: [UInt8] = [],
    _ body: (borrowing VirtualCPU) throws(KVMError) -> Finding<Value>
  ) -> Finding<Value> {
    do {
      let memory = try GuestMemory(size: 1 << 16)
      precondition(memory.write(code, at: 0x1000))
      let machine = try VirtualMachine(on: system, memory: memory)
      let vcpu = try machine.createVCPU(0)
      // Enters at most one instruction, so the machine must outlive the call, and does.
      return try withExtendedLifetime(machine) { () throws(KVMError) in try body(vcpu) }
    } catch {
      return .unknown("\(error)")
    }
  }
}

extension HostProbe.Finding {
  func flatMap<Result>(
    _ body: (Value) -> HostProbe.Finding<Result>
  ) -> HostProbe.Finding<Result> {
    switch self {
    case .found(let value): body(value)
    case .unknown(let reason): .unknown(reason)
    }
  }
}
