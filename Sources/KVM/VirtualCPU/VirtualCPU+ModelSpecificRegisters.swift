internal import CKVM
internal import LinuxHost

/// Model-specific registers, many at a time.
extension VirtualCPU {
  /// Every MSR that is saved on this host and that this vCPU has: `KVM_GET_MSRS`.
  ///
  /// - Returns: Numbers and values, in the kernel's order.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func allModelSpecificRegisters() throws(KVMError) -> [(index: UInt32, value: UInt64)] {
    try modelSpecificRegisters(saving.savedRegisters)
  }

  /// Those of some MSRs that this vCPU has: `KVM_GET_MSRS`.
  ///
  /// - Parameter indices: Their numbers.
  /// - Returns: Numbers and values, in the same order.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func modelSpecificRegisters(
    _ indices: [UInt32]
  ) throws(KVMError) -> [(index: UInt32, value: UInt64)] {
    try entries(indices).map { ($0.index, $0.data) }
  }

  /// Sets MSRs: `KVM_SET_MSRS`.
  ///
  /// In the order given, but for the TSC deadline, which comes last: it is compared with the TSC at
  /// once, and so is set after it.
  ///
  /// A register that the kernel refuses although it holds the very value already (a read-only one,
  /// say) is passed over: what was asked for is so.
  ///
  /// - Parameter registers: Numbers and values; only such as were read before.
  /// - Throws: ``KVMError/failed(_:)`` with the number and value of the first one refused.
  public func setModelSpecificRegisters(
    _ registers: [(index: UInt32, value: UInt64)]
  ) throws(KVMError) {
    try setModelSpecificRegisters(
      registers.map { kvm_msr_entry(index: $0.index, reserved: 0, data: $0.value) })
  }

  func entries(_ indices: [UInt32]) throws(KVMError) -> [kvm_msr_entry] {
    var registers: [kvm_msr_entry] = []
    var rest = indices[...]
    while !rest.isEmpty {
      let wanted = rest.prefix(Int(CKVM_MSR_BATCH_CAPACITY))
      var batch = ckvm_msr_batch(wanted.map { kvm_msr_entry(index: $0, reserved: 0, data: 0) })
      // SAFETY: the kernel fills in the entries that the batch counts.
      let count = Int(
        try checkKVM("KVM_GET_MSRS", unsafe ckvm_get_msr_batch(descriptor.number, &batch)))
      registers += batch.prefix(count)
      // The kernel stops at the first MSR that this vCPU does not have.
      rest = rest.dropFirst(count < wanted.count ? count + 1 : count)
    }
    return registers
  }

  func setModelSpecificRegisters(_ registers: [kvm_msr_entry]) throws(KVMError) {
    let isDeadline = { (entry: kvm_msr_entry) in entry.index == ModelSpecificRegister.tscDeadline }
    var rest = (registers.filter { !isDeadline($0) } + registers.filter(isDeadline))[...]
    while let first = rest.first {
      let wanted = rest.prefix(Int(CKVM_MSR_BATCH_CAPACITY))
      var batch = ckvm_msr_batch(Array(wanted))
      // SAFETY: the kernel reads the entries that the batch counts.
      let count = Int(
        try checkKVM(
          "KVM_SET_MSRS", on: ModelSpecificRegister.description(first),
          unsafe ckvm_set_msr_batch(descriptor.number, &batch)))
      rest = rest.dropFirst(count)
      guard count < wanted.count, let refused = rest.popFirst() else { continue }
      guard try modelSpecificRegister(refused.index) == refused.data else {
        throw .failed(
          SystemError(
            call: "KVM_SET_MSRS", on: ModelSpecificRegister.description(refused),
            errno: .invalidArgument))
      }
    }
  }
}

extension StateExtent {
  /// The MSRs that a checkpoint holds, as far as a vCPU has them, in the order in which they are set.
  var savedRegisters: [UInt32] {
    registerIndices + ModelSpecificRegister.unlisted.filter { !registerIndices.contains($0) }
  }

  /// Refuses a list of MSRs that no checkpoint of this host could hold: KVM lets the host set registers
  /// that no guest may, and those are not for a file to choose.
  ///
  /// - Parameter indices: Their numbers.
  /// - Throws: ``KVMError/unsuitableState(_:)`` with the first number that is not saved here, or is there
  ///   for the second time.
  func require(_ indices: [UInt32]) throws(KVMError) {
    var remaining = Set(savedRegisters)
    for index in indices where remaining.remove(index) == nil {
      throw .unsuitableState(
        "MSR 0x\(String(index, radix: 16)) is not one that is saved here, or is there twice")
    }
  }
}

extension VCPUStatePart {
  /// A saved ``modelSpecificRegisters`` without IA32_TSC, for a vCPU whose TSC is set by its offset.
  ///
  /// - Parameter saved: The part's bytes.
  /// - Returns: The part's bytes without that register.
  /// - Throws: ``KVMError/unsuitableState(_:)`` where the bytes are no list of MSRs.
  public static func withoutTSC(_ saved: [UInt8]) throws(KVMError) -> [UInt8] {
    try modelSpecificRegisters.structures(kvm_msr_entry(), saved)
      .filter { $0.index != ModelSpecificRegister.tsc }.flatMap(rawBytes(of:))
  }
}

/// The MSRs that this program has something to say about.
private enum ModelSpecificRegister {
  static let tsc: UInt32 = 0x10
  static let tscDeadline: UInt32 = 0x6e0

  /// What a guest can write and read back, and some or all versions of KVM do not list: IA32_DEBUGCTL;
  /// MTRRs; the banks of machine-check registers; HWCR, VM_CR and OSVW of AMD's.
  ///
  /// *Why KVM's own list is not enough:* it is of what KVM's authors had to add for migration; MTRRs came
  /// to it late, and the others never did.
  static let unlisted: [UInt32] =
    [0x1d9, 0x250, 0x258, 0x259, 0x2ff, 0xc001_0015, 0xc001_0114, 0xc001_0140, 0xc001_0141]
    + (0x200..<0x210) + (0x268..<0x270) + (0x400..<0x480)

  private static let names: [UInt32: String] = [
    tsc: "IA32_TSC", 0x1b: "IA32_APIC_BASE", 0x3b: "IA32_TSC_ADJUST",
    tscDeadline: "IA32_TSC_DEADLINE", 0xc000_0080: "IA32_EFER", 0x4b56_4d01: "KVM_SYSTEM_TIME_NEW",
  ]

  static func description(_ entry: kvm_msr_entry) -> String {
    let number = "MSR 0x" + String(entry.index, radix: 16)
    return "\(names[entry.index] ?? number) = 0x\(String(entry.data, radix: 16))"
  }
}

extension ckvm_msr_batch {
  fileprivate init(_ entries: [kvm_msr_entry]) {
    precondition(entries.count <= Int(CKVM_MSR_BATCH_CAPACITY), "more MSRs than a batch holds")
    self.init()
    nmsrs = UInt32(entries.count)
    // SAFETY: C declares the field as an array of this type, and the entries fit.
    unsafe withUnsafeMutableBytes(of: &self.entries) { bytes in
      let target = unsafe bytes.bindMemory(to: kvm_msr_entry.self)
      for (index, entry) in entries.enumerated() { unsafe target[index] = entry }
    }
  }

  fileprivate func prefix(_ count: Int) -> [kvm_msr_entry] {
    // SAFETY: C declares the field as an array of this type; prefix stops at its end.
    unsafe withUnsafeBytes(of: entries) { bytes in
      unsafe Array(bytes.bindMemory(to: kvm_msr_entry.self).prefix(count))
    }
  }
}
