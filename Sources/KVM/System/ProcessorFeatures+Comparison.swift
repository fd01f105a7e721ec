internal import CKVM

/// Whether a guest that was shown one set of processor features can continue with another.
extension VCPUStatePart {
  /// What one CPUID table lacks of another.
  ///
  /// Compared are the registers whose bits are features each. A bit that shows the guest's own
  /// settings (OSXSAVE, OSPKE) is not one.
  ///
  /// Assumes nothing of `KVM_GET_SUPPORTED_CPUID`: some backends show a guest more than that.
  ///
  /// - Parameters:
  ///   - offered: ``features`` of a new vCPU.
  ///   - saved: ``features`` of a checkpoint's.
  /// - Returns: What is missing in words, or nil if nothing is.
  /// - Throws: ``KVMError/unsuitableState(_:)`` where the bytes are no CPUID table.
  public static func featuresMissing(
    from offered: [UInt8], of saved: [UInt8]
  ) throws(KVMError) -> String? {
    let saved = try features.structures(kvm_cpuid_entry2(), saved)
    let entries = try features.structures(kvm_cpuid_entry2(), offered)
    if let was = vendor(saved), let now = vendor(entries), was != now {
      return "a processor by \(was); this one is by \(now)"
    }
    for entry in saved {
      let offered = entries.first { $0.function == entry.function && $0.index == entry.index }
      for register in featureRegisters
      where register.leaf == entry.function && register.subleaf == entry.index {
        let missing =
          entry[keyPath: register.path] & ~(offered?[keyPath: register.path] ?? 0)
          & ~register.settings
        guard missing != 0 else { continue }
        return "CPUID leaf 0x\(String(entry.function, radix: 16)).\(entry.index), "
          + "\(register.name) bits 0x\(String(missing, radix: 16))"
      }
    }
    return nil
  }

  private struct FeatureRegister {
    let leaf: UInt32
    let subleaf: UInt32
    let name: String
    let path: KeyPath<kvm_cpuid_entry2, UInt32>
    var settings: UInt32 = 0
  }

  private static var featureRegisters: [FeatureRegister] {
    [
      FeatureRegister(leaf: 1, subleaf: 0, name: "ECX", path: \.ecx, settings: 1 << 27),
      FeatureRegister(leaf: 1, subleaf: 0, name: "EDX", path: \.edx),
      FeatureRegister(leaf: 7, subleaf: 0, name: "EBX", path: \.ebx),
      FeatureRegister(leaf: 7, subleaf: 0, name: "ECX", path: \.ecx, settings: 1 << 4),
      FeatureRegister(leaf: 7, subleaf: 0, name: "EDX", path: \.edx),
      FeatureRegister(leaf: 7, subleaf: 1, name: "EAX", path: \.eax),
      FeatureRegister(leaf: 0xd, subleaf: 0, name: "EAX", path: \.eax),
      FeatureRegister(leaf: 0xd, subleaf: 1, name: "EAX", path: \.eax),
      FeatureRegister(leaf: 0x4000_0001, subleaf: 0, name: "EAX", path: \.eax),
      FeatureRegister(leaf: 0x8000_0001, subleaf: 0, name: "ECX", path: \.ecx),
      FeatureRegister(leaf: 0x8000_0001, subleaf: 0, name: "EDX", path: \.edx),
    ]
  }

  /// The name in EBX, EDX and ECX of leaf 0.
  private static func vendor(_ entries: [kvm_cpuid_entry2]) -> String? {
    guard let leaf = entries.first(where: { $0.function == 0 }) else { return nil }
    let bytes = [leaf.ebx, leaf.edx, leaf.ecx].flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
