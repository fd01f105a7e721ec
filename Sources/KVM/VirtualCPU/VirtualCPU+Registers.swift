public import CKVM
internal import LinuxHost

/// Registers of a vCPU, in the kernel's own structures.
///
/// The thread that runs the vCPU calls these, with the last exit completed
/// (``VirtualCPU/completeExit()``).
extension VirtualCPU {
  /// The general-purpose registers, RIP and RFLAGS: `KVM_GET_REGS`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func registers() throws(KVMError) -> kvm_regs {
    var registers = kvm_regs()
    // SAFETY: the kernel writes a local during the call; so in the other getters.
    try checkKVM("KVM_GET_REGS", unsafe ckvm_get_regs(descriptor.number, &registers))
    return registers
  }

  /// Sets the general-purpose registers, RIP and RFLAGS: `KVM_SET_REGS`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func setRegisters(_ registers: kvm_regs) throws(KVMError) {
    var registers = registers
    // SAFETY: the kernel reads a local during the call; so in the other setters.
    try checkKVM("KVM_SET_REGS", unsafe ckvm_set_regs(descriptor.number, &registers))
  }

  /// Segment, control and descriptor-table registers, EFER, APIC base: `KVM_GET_SREGS`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func specialRegisters() throws(KVMError) -> kvm_sregs {
    var registers = kvm_sregs()
    try checkKVM("KVM_GET_SREGS", unsafe ckvm_get_sregs(descriptor.number, &registers))
    return registers
  }

  /// Sets what ``specialRegisters()`` reads: `KVM_SET_SREGS`.
  ///
  /// *Why CR8 twice:* without a local APIC in the kernel each `KVM_RUN` sets CR8 from the shared page,
  /// where a new vCPU has 0.
  ///
  /// - Throws: ``KVMError/unsuitableState(_:)`` for a CR8 that no `KVM_RUN` would take,
  ///   ``KVMError/failed(_:)`` naming the request.
  public func setSpecialRegisters(_ registers: kvm_sregs) throws(KVMError) {
    guard registers.cr8 < 16 else {
      throw .unsuitableState("CR8 is 0x\(String(registers.cr8, radix: 16)); it has 4 bits")
    }
    var registers = registers
    try checkKVM("KVM_SET_SREGS", unsafe ckvm_set_sregs(descriptor.number, &registers))
    unsafe run.pointee.cr8 = registers.cr8
  }

  /// Whether the vCPU runs, is halted in the kernel, or waits for a start-up IPI:
  /// `KVM_GET_MP_STATE`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func runState() throws(KVMError) -> VCPURunState {
    var state = kvm_mp_state()
    try checkKVM("KVM_GET_MP_STATE", unsafe ckvm_get_mp_state(descriptor.number, &state))
    return switch Int32(bitPattern: state.mp_state) {
    case KVM_MP_STATE_HALTED: .halted
    case KVM_MP_STATE_UNINITIALIZED, KVM_MP_STATE_INIT_RECEIVED: .waitingForStartUp
    default: .runnable
    }
  }

  /// What is pending at the vCPU, or is being delivered to it: `KVM_GET_VCPU_EVENTS`.
  ///
  /// An NMI that the vCPU has blocked is not pending here: nothing follows from it before the guest's IRET.
  ///
  /// - Returns: Whether there is an exception, an interrupt, an NMI or an SMI (or the vCPU handles one of
  ///   these last), and whether the vCPU blocks NMIs.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func pendingEvents() throws(KVMError) -> (isAny: Bool, blocksNMI: Bool) {
    var events = kvm_vcpu_events()
    try checkKVM("KVM_GET_VCPU_EVENTS", unsafe ckvm_get_vcpu_events(descriptor.number, &events))
    let blocksNMI = events.nmi.masked != 0
    let flags =
      events.exception.injected | events.exception.pending | events.interrupt.injected
      | events.nmi.injected | (blocksNMI ? 0 : events.nmi.pending)
      | events.smi.pending | events.smi.smm | events.triple_fault.pending
    return (flags != 0, blocksNMI)
  }

  /// Where a linear address is in guest-physical memory: `KVM_TRANSLATE`.
  ///
  /// - Parameter address: A linear address under the vCPU's present paging.
  /// - Returns: The guest-physical address, or nil if it is not mapped.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func physicalAddress(of address: UInt64) throws(KVMError) -> UInt64? {
    var translation = kvm_translation()
    translation.linear_address = address
    try checkKVM("KVM_TRANSLATE", unsafe ckvm_translate(descriptor.number, &translation))
    return translation.valid != 0 ? translation.physical_address : nil
  }

  /// One model-specific register: `KVM_GET_MSRS`.
  ///
  /// - Parameter index: The register's number.
  /// - Returns: Its value, or nil where this host's KVM does not know it.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func modelSpecificRegister(_ index: UInt32) throws(KVMError) -> UInt64? {
    var list = ckvm_msr_list()
    list.nmsrs = 1
    list.entries.index = index
    let count = try checkKVM("KVM_GET_MSRS", unsafe ckvm_get_msrs(descriptor.number, &list))
    return count == 1 ? list.entries.data : nil
  }

  /// Sets one model-specific register: `KVM_SET_MSRS`.
  ///
  /// - Parameters:
  ///   - index: The register's number.
  ///   - value: The value.
  /// - Returns: Whether KVM says that it took the value; some backends say so and change nothing.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func setModelSpecificRegister(
    _ index: UInt32, to value: UInt64
  ) throws(KVMError) -> Bool {
    var list = ckvm_msr_list()
    list.nmsrs = 1
    list.entries.index = index
    list.entries.data = value
    return try checkKVM("KVM_SET_MSRS", unsafe ckvm_set_msrs(descriptor.number, &list)) == 1
  }

  /// Shows the guest a set of processor features: `KVM_SET_CPUID2`.
  ///
  /// - Parameters:
  ///   - features: Usually all that the host supports.
  ///   - index: The vCPU's index, which becomes its APIC id.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func setFeatures(_ features: ProcessorFeatures, index: Int) throws(KVMError) {
    var features = features
    features.setAPICIdentifier(UInt32(index))
    // SAFETY: the kernel reads a table that lives until the call returns.
    let result = unsafe features.withTable { unsafe ckvm_set_cpuid(descriptor.number, $0) }
    try checkKVM("KVM_SET_CPUID2", result)
  }
}

/// What a vCPU is doing, as the kernel's controllers see it.
public enum VCPURunState: Hashable, Sendable {
  /// It executes, or would if it were entered.
  case runnable
  /// It executed `hlt` and waits for an interrupt.
  case halted
  /// It is an application processor that was not started.
  case waitingForStartUp
}
