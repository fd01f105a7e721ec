internal import CKVM
internal import LinuxHost

/// What CPUID is to show a guest.
///
/// *Why an array:* the kernel's table has room for 256 entries, of which a host fills a third, and a structure
/// of that size is copied to and fro as a whole.
public struct ProcessorFeatures: Sendable {
  /// A `kvm_cpuid2` in words: the number of entries, padding, and the entries.
  private var table: [UInt32]

  private static let headerWords = MemoryLayout<kvm_cpuid2>.size / 4
  private static let entryWords = MemoryLayout<kvm_cpuid_entry2>.size / 4

  /// Room for the kernel's table.
  static func room() -> [UInt32] {
    [UInt32](repeating: 0, count: MemoryLayout<ckvm_cpuid>.size / 4)
  }

  /// What KVM supports.
  ///
  /// - Parameters:
  ///   - descriptor: The open device's.
  ///   - room: Where it is written.
  /// - Throws: ``KVMError/failed(_:)`` naming `KVM_GET_SUPPORTED_CPUID`.
  init(of descriptor: Int32, in room: consuming [UInt32] = room()) throws(KVMError) {
    table = room
    table[0] = UInt32(CKVM_CPUID_CAPACITY)
    // SAFETY: the buffer has the size of the kernel's table; the kernel writes at most as many entries as the header
    // says, and then how many.
    let result = unsafe table.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { preconditionFailure("a table has a header") }
      return unsafe ckvm_get_supported_cpuid(
        descriptor, start.assumingMemoryBound(to: ckvm_cpuid.self))
    }
    try checkKVM("KVM_GET_SUPPORTED_CPUID", result)
    table.removeLast(table.count - Self.headerWords - Int(table[0]) * Self.entryWords)
  }

  /// Lends the table to a request that reads it.
  func withTable(_ body: (UnsafeMutablePointer<ckvm_cpuid>) -> Int32) -> Int32 {
    var table = table
    // SAFETY: the array has the header and as many entries as that says, and the kernel reads no more.
    return unsafe table.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { preconditionFailure("a table has a header") }
      return unsafe body(start.assumingMemoryBound(to: ckvm_cpuid.self))
    }
  }

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
    unsafe table.withUnsafeBytes { bytes in
      // SAFETY: as below.
      unsafe UnsafeRawBufferPointer(rebasing: bytes.dropFirst(Self.headerWords * 4))
        .withMemoryRebound(to: kvm_cpuid_entry2.self) { unsafe $0.contains(where: isSought) }
    }
  }

  private mutating func forEachEntry(_ body: (inout kvm_cpuid_entry2) -> Void) {
    unsafe table.withUnsafeMutableBytes { bytes in
      // SAFETY: behind the header are whole entries, which are integers.
      unsafe UnsafeMutableRawBufferPointer(rebasing: bytes.dropFirst(Self.headerWords * 4))
        .withMemoryRebound(to: kvm_cpuid_entry2.self) { entries in
          for index in entries.indices { unsafe body(&entries[index]) }
        }
    }
  }
}

extension KVMSystem {
  /// Begins to ask for ``supportedFeatures()``, so that the answer is there when it is needed.
  public func askForFeatures() { query.begin(on: descriptor.number) }

  /// Every processor feature that KVM can give a guest here: `KVM_GET_SUPPORTED_CPUID`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func supportedFeatures() throws(KVMError) -> ProcessorFeatures {
    if let answer = query.take() { return try answer.get() }
    return try ProcessorFeatures(of: descriptor.number)
  }
}
