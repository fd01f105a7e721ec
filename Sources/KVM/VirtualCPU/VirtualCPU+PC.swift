/// What a PC's board connects to its processors.
extension VirtualCPU {
  /// Connects the local APIC's LINT0 to the PICs (ExtINT) and LINT1 to the NMI, as a PC's firmware leaves
  /// them.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request, as for a vCPU without a local APIC.
  public func connectPCInputs() throws(KVMError) {
    guard var registers = try state(.localAPIC) else {
      preconditionFailure("a vCPU has a local APIC where the controllers are the kernel's")
    }
    registers.replaceSubrange(0x350..<0x354, with: [0x00, 0x07, 0, 0])  // delivery mode 7, ExtINT
    registers.replaceSubrange(0x360..<0x364, with: [0x00, 0x04, 0, 0])  // delivery mode 4, NMI
    try setState(.localAPIC, registers)
  }
}
