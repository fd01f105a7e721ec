internal import CKVM
internal import LinuxHost

/// What CPUID is to show a guest.
public struct ProcessorFeatures: Sendable {
  var table: ckvm_cpuid

  /// Shows a feature, or hides it.
  ///
  /// Other bits stay as they are: what depends on a hidden feature is still shown. A feature whose leaf
  /// KVM does not have stays hidden.
  ///
  /// - Parameters:
  ///   - feature: Which.
  ///   - isShown: Whether guests are to see it.
  public mutating func set(_ feature: ProcessorFeature, isShown: Bool) {
    forEachEntry { entry in
      if isShown { entry[feature] |= feature.bits } else { entry[feature] &= ~feature.bits }
    }
  }

  /// Whether guests see a feature.
  public func shows(_ feature: ProcessorFeature) -> Bool {
    hasEntry { $0[feature] & feature.bits == feature.bits }
  }

  /// Whether guests see leaves of KVM's, from 0x40000000 on.
  public var showsHypervisorLeaves: Bool { hasEntry { $0.function == 0x4000_0000 } }

  /// Puts an APIC id where CPUID shows it: leaf 1 (EBX 31:24) and leaves 0xb and 0x1f (EDX).
  mutating func setAPICIdentifier(_ identifier: UInt32) {
    forEachEntry { entry in
      switch entry.function {
      case 1: entry.ebx = entry.ebx & 0x00ff_ffff | identifier << 24
      case 0xb, 0x1f: entry.edx = identifier
      default: break
      }
    }
  }

  private func hasEntry(_ isSought: (kvm_cpuid_entry2) -> Bool) -> Bool {
    let count = Int(table.nent)
    precondition(count <= Int(CKVM_CPUID_CAPACITY))
    return unsafe withUnsafeBytes(of: table.entries) { bytes in
      // SAFETY: as below.
      let entries = unsafe bytes.bindMemory(to: kvm_cpuid_entry2.self)
      return unsafe entries.prefix(count).contains(where: isSought)
    }
  }

  private mutating func forEachEntry(_ body: (inout kvm_cpuid_entry2) -> Void) {
    let count = Int(table.nent)
    precondition(count <= Int(CKVM_CPUID_CAPACITY))
    unsafe withUnsafeMutableBytes(of: &table.entries) { bytes in
      // SAFETY: C declares the field as an array of this element type, and `count` is within it.
      let entries = unsafe bytes.bindMemory(to: kvm_cpuid_entry2.self)
      for index in 0..<count { unsafe body(&entries[index]) }
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
