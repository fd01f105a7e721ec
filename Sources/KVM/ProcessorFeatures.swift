internal import CKVM
internal import LinuxHost

/// What CPUID is to show a guest.
public struct ProcessorFeatures: Sendable {
  var table: ckvm_cpuid

  /// Shows the local APIC's TSC deadline mode, which KVM leaves to whoever has a local APIC (leaf 1, ECX
  /// bit 24).
  ///
  /// Assumes: ``Capability/tscDeadlineTimer``.
  public mutating func showTSCDeadlineTimer() {
    let count = Int(table.nent)
    precondition(count <= Int(CKVM_CPUID_CAPACITY))
    unsafe withUnsafeMutableBytes(of: &table.entries) { bytes in
      // SAFETY: C declares the field as an array of this element type, and `count` is within it.
      let entries = unsafe bytes.bindMemory(to: kvm_cpuid_entry2.self)
      for index in 0..<count where unsafe entries[index].function == 1 {
        unsafe entries[index].ecx |= 1 << 24
      }
    }
  }

  /// Puts an APIC id where CPUID shows it: leaf 1 (EBX 31:24) and leaves 0xb and 0x1f (EDX).
  mutating func setAPICIdentifier(_ identifier: UInt32) {
    let count = Int(table.nent)
    precondition(count <= Int(CKVM_CPUID_CAPACITY))
    unsafe withUnsafeMutableBytes(of: &table.entries) { bytes in
      // SAFETY: C declares the field as an array of this element type, and `count` is within it.
      let entries = unsafe bytes.bindMemory(to: kvm_cpuid_entry2.self)
      for index in 0..<count {
        switch unsafe entries[index].function {
        case 1:
          unsafe entries[index].ebx = entries[index].ebx & 0x00ff_ffff | identifier << 24
        case 0xb, 0x1f: unsafe entries[index].edx = identifier
        default: break
        }
      }
    }
  }
}

extension KVMSystem {
  /// Every processor feature that KVM can give a guest here: `KVM_GET_SUPPORTED_CPUID`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func supportedFeatures() throws(KVMError) -> ProcessorFeatures {
    var table = ckvm_cpuid()
    table.nent = UInt32(CKVM_CPUID_CAPACITY)
    // SAFETY: the kernel writes at most as many entries as it is told fit.
    try checkKVM(
      "KVM_GET_SUPPORTED_CPUID", unsafe ckvm_get_supported_cpuid(descriptor.number, &table))
    return ProcessorFeatures(table: table)
  }
}
