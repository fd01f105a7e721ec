internal import KVM

/// What a PC's firmware leaves in the devices for what it starts.
extension Machine {
  /// Gives the kernel's PICs the bases of a PC's firmware, vectors 8 and 0x70, with nothing masked, and
  /// initialised: at reset they have base 0, which is the divide error.
  ///
  /// The local APICs let the PIC through as they are: KVM resets the first one's LINT0 to ExtINT.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  func leaveFirmwareState() throws(KVMError) {
    guard configuration.irqchip == .kernel else { return }
    for (controller, base) in [(KernelController.primaryPIC, 0x08), (.secondaryPIC, 0x70)] {
      var state = try shared.handle.state(of: controller)
      // struct kvm_pic_state, a byte a field: 2 is imr, 5 irq_base.
      state[2] = 0
      state[5] = UInt8(base)
      try shared.handle.setState(of: controller, state)
    }
  }
}
