internal import CKVM
internal import LinuxHost

/// Running a guest instruction by instruction.
extension VirtualCPU {
  /// Stops the guest behind each instruction from now on, or no more: `KVM_SET_GUEST_DEBUG`.
  ///
  /// A stop is ``VCPUExit/debug``; an instruction that exits gives that exit in its place. Some backends end
  /// the stepping when registers are set.
  ///
  /// - Parameter isOn: Whether to.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func setSingleStep(_ isOn: Bool) throws(KVMError) {
    var request = kvm_guest_debug()
    request.control = isOn ? UInt32(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP) : 0
    // SAFETY: the kernel reads a local during the call.
    try checkKVM(
      "KVM_SET_GUEST_DEBUG", unsafe ckvm_set_guest_debug(descriptor.number, &request))
  }

  /// Queues a non-maskable interrupt: `KVM_NMI`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func raiseNMI() throws(KVMError) {
    try checkKVM("KVM_NMI", ckvm_nmi(descriptor.number))
  }
}
