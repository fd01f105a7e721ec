internal import CKVM
internal import LinuxHost

/// What a debug exit says.
public struct DebugEvent: Hashable, Sendable {
  /// The exception: 1 of a step or a debug register, 3 of a breakpoint instruction.
  public let exception: UInt32
  /// The linear address of the instruction that comes next, or of the breakpoint instruction.
  public let address: UInt64
  /// DR6: bits 0 to 3 for the debug registers, bit 14 for a step.
  public let status: UInt64

  /// The exception of a breakpoint instruction.
  public static let breakpointInstruction: UInt32 = 3

  /// Whether a step has ended.
  public var isStep: Bool { exception == 1 && status >> 14 & 1 == 1 }

  /// Whether debug register 3 stopped the vCPU, which is for this program's own use.
  public var isOwn: Bool { exception == 1 && status >> 3 & 1 == 1 }

  /// An event at a breakpoint instruction.
  public static func breakpoint(at address: UInt64) -> DebugEvent {
    DebugEvent(exception: breakpointInstruction, address: address, status: 0)
  }

  /// An event as of debug register 3.
  public static func own(at address: UInt64) -> DebugEvent {
    DebugEvent(exception: 1, address: address, status: 1 << 3)
  }

  /// Describes an exit.
  public init(exception: UInt32, address: UInt64, status: UInt64) {
    (self.exception, self.address, self.status) = (exception, address, status)
  }
}

/// Debugging of a vCPU by its host: `KVM_SET_GUEST_DEBUG`.
public struct GuestDebugging: Hashable, Sendable {
  /// Whether the vCPU is to stop after each instruction.
  public var isStepping = false
  /// With ``isStepping``: whether a local APIC in the kernel holds interrupts back.
  public var blocksInterrupts = false
  /// Whether the guest's breakpoint instructions are the host's.
  public var takesBreakpoints = false
  /// Debug registers 0 to 3.
  public var addresses: SIMD4<UInt64> = .zero
  /// DR7; without an enabled register the guest has the debug registers for itself.
  public var control: UInt64 = 0

  /// Nothing is debugged.
  public init() {}

  /// Some debug registers.
  ///
  /// - Parameters:
  ///   - addresses: Debug registers 0 to 3.
  ///   - control: DR7.
  public init(addresses: SIMD4<UInt64>, control: UInt64) {
    self.addresses = addresses
    self.control = control
  }

  /// Whether a debug register is enabled.
  public var usesRegisters: Bool { control & 0xff != 0 }

  fileprivate var flags: UInt32 {
    var flags: UInt32 = 0
    if isStepping { flags |= UInt32(KVM_GUESTDBG_SINGLESTEP) }
    if isStepping && blocksInterrupts { flags |= UInt32(KVM_GUESTDBG_BLOCKIRQ) }
    if takesBreakpoints { flags |= UInt32(KVM_GUESTDBG_USE_SW_BP) }
    if usesRegisters { flags |= UInt32(KVM_GUESTDBG_USE_HW_BP) }
    return flags == 0 ? 0 : flags | UInt32(KVM_GUESTDBG_ENABLE)
  }
}

/// The thread that runs the vCPU calls these, with the last exit completed
/// (``VirtualCPU/completeExit()``).
extension VirtualCPU {
  /// Says how the vCPU is debugged from the next entry on: `KVM_SET_GUEST_DEBUG`.
  ///
  /// *Why before every step:* on some backends `KVM_SET_REGS` ends the stepping.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func setDebugging(_ debugging: GuestDebugging) throws(KVMError) {
    var request = kvm_guest_debug()
    request.control = debugging.flags
    request.arch.debugreg.0 = debugging.addresses[0]
    request.arch.debugreg.1 = debugging.addresses[1]
    request.arch.debugreg.2 = debugging.addresses[2]
    request.arch.debugreg.3 = debugging.addresses[3]
    request.arch.debugreg.7 = debugging.control
    // SAFETY: the kernel reads a local during the call.
    try checkKVM("KVM_SET_GUEST_DEBUG", unsafe ckvm_set_guest_debug(descriptor.number, &request))
  }

  /// Hands a breakpoint exception that was the guest's own on to the guest.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func handOnBreakpointException() throws(KVMError) {
    var events = kvm_vcpu_events()
    // SAFETY: the kernel writes a local during the call.
    try checkKVM("KVM_GET_VCPU_EVENTS", unsafe ckvm_get_vcpu_events(descriptor.number, &events))
    events.exception.injected = 1
    events.exception.nr = UInt8(DebugEvent.breakpointInstruction)
    events.exception.has_error_code = 0
    unsafe ckvm_share_events(run, false)
    try checkKVM("KVM_SET_VCPU_EVENTS", unsafe ckvm_set_vcpu_events(descriptor.number, &events))
  }

  /// Stops the guest behind each instruction from now on, or no more.
  ///
  /// A stop is ``VCPUExit/debug(_:)``; an instruction that exits gives that exit in its place. Some backends
  /// end the stepping when registers are set.
  ///
  /// - Parameter isOn: Whether to.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func setSingleStep(_ isOn: Bool) throws(KVMError) {
    var debugging = GuestDebugging()
    debugging.isStepping = isOn
    try setDebugging(debugging)
  }

  /// Queues a non-maskable interrupt: `KVM_NMI`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func raiseNMI() throws(KVMError) {
    try checkKVM("KVM_NMI", ckvm_nmi(descriptor.number))
  }
}
