internal import CKVM
internal import LinuxHost

/// How long the instruction before holds interrupts back.
public enum InterruptShadow: UInt8, Hashable, Sendable {
  /// Not at all.
  case none = 0
  /// Behind a load of SS: interrupts, NMIs and traps wait for one instruction.
  case movSS = 1
  /// Behind an STI that set RFLAGS.IF: interrupts wait for one instruction.
  case sti = 2
}

/// Making by hand what an instruction does to what KVM holds apart from registers.
extension VirtualCPU {
  /// What the next instruction is in the shadow of: `KVM_GET_VCPU_EVENTS`.
  ///
  /// A processor with one bit for both kinds says either.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func interruptShadow() throws(KVMError) -> InterruptShadow {
    InterruptShadow(rawValue: try events().interrupt.shadow) ?? .movSS
  }

  /// Sets it: `KVM_SET_VCPU_EVENTS` with all else as it is.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func setInterruptShadow(_ shadow: InterruptShadow) throws(KVMError) {
    var events = try events()
    events.interrupt.shadow = shadow.rawValue
    events.flags |= UInt32(KVM_VCPUEVENT_VALID_SHADOW)
    // SAFETY: the kernel reads a local during the call.
    try checkKVM("KVM_SET_VCPU_EVENTS", unsafe ckvm_set_vcpu_events(descriptor.number, &events))
  }

  /// Whether an NMI waits that the vCPU takes at once: `KVM_GET_VCPU_EVENTS`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func hasPendingNMI() throws(KVMError) -> Bool {
    let events = try events()
    return events.nmi.injected != 0 || (events.nmi.pending != 0 && events.nmi.masked == 0)
  }

  /// Halts the vCPU, as HLT does once it is past: `KVM_SET_MP_STATE`.
  ///
  /// Assumes: a local APIC in the kernel, which ends the halt.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func halt() throws(KVMError) {
    var state = kvm_mp_state(mp_state: UInt32(KVM_MP_STATE_HALTED))
    // SAFETY: the kernel reads a local during the call.
    try checkKVM("KVM_SET_MP_STATE", unsafe ckvm_set_mp_state(descriptor.number, &state))
  }

  private func events() throws(KVMError) -> kvm_vcpu_events {
    var events = kvm_vcpu_events()
    // SAFETY: the kernel writes a local during the call.
    try checkKVM("KVM_GET_VCPU_EVENTS", unsafe ckvm_get_vcpu_events(descriptor.number, &events))
    return events
  }
}
