internal import CKVM
internal import LinuxHost

/// All of a vCPU's state, part by part.
///
/// The thread that runs the vCPU calls these, with the last exit completed
/// (``VirtualCPU/completeExit()``).
extension VirtualCPU {
  /// Reads a part.
  ///
  /// - Parameter part: Which; the order between parts is ``VCPUStatePart/readingOrder``.
  /// - Returns: Its bytes; nil for the local APIC of a vCPU that has none in the kernel.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func state(_ part: VCPUStatePart) throws(KVMError) -> [UInt8]? {
    // SAFETY: each reader is given the structure that the header's prototype of its request names.
    switch part {
    case .features: return try features()
    case .specialRegisters: return rawBytes(of: try specialRegisters())
    case .registers: return rawBytes(of: try registers())
    case .extendedState: return try extendedState()
    case .modelSpecificRegisters: return try entries(saving.savedRegisters).flatMap(rawBytes(of:))
    case .extendedControl: return try unsafe read("KVM_GET_XCRS", kvm_xcrs(), ckvm_get_xcrs)
    case .debugRegisters:
      return try unsafe read("KVM_GET_DEBUGREGS", kvm_debugregs(), ckvm_get_debugregs)
    case .events:
      return try unsafe read("KVM_GET_VCPU_EVENTS", kvm_vcpu_events(), ckvm_get_vcpu_events)
    case .runState: return try unsafe read("KVM_GET_MP_STATE", kvm_mp_state(), ckvm_get_mp_state)
    case .localAPIC:
      do {
        return try unsafe read("KVM_GET_LAPIC", kvm_lapic_state(), ckvm_get_lapic)
      } catch .failed(let error) where error.errno == .invalidArgument {
        return nil
      }
    }
  }

  /// Sets a part.
  ///
  /// - Parameters:
  ///   - part: Which; the order between parts is that of `VCPUStatePart.allCases`.
  ///   - bytes: What ``state(_:)`` gave. They may come from a file: the length is checked here, the
  ///     contents by the kernel.
  /// - Throws: ``KVMError/unsuitableState(_:)`` where the length is not this host's,
  ///   ``KVMError/failed(_:)`` naming the request, and for MSRs the first one refused.
  public func setState(_ part: VCPUStatePart, _ bytes: [UInt8]) throws(KVMError) {
    // SAFETY: as above, for the writers.
    switch part {
    case .features: try setFeatures(bytes)
    case .specialRegisters: try setSpecialRegisters(part.structure(kvm_sregs(), bytes))
    case .registers: try setRegisters(part.structure(kvm_regs(), bytes))
    case .extendedState: try setExtendedState(bytes)
    case .modelSpecificRegisters:
      let entries = try part.structures(kvm_msr_entry(), bytes)
      try saving.require(entries.map(\.index))
      try setModelSpecificRegisters(entries)
    case .extendedControl:
      try unsafe write(part, bytes, "KVM_SET_XCRS", kvm_xcrs(), ckvm_set_xcrs)
    case .debugRegisters:
      try unsafe write(part, bytes, "KVM_SET_DEBUGREGS", kvm_debugregs(), ckvm_set_debugregs)
    case .events:
      unsafe ckvm_share_events(run, false)
      try unsafe write(part, bytes, "KVM_SET_VCPU_EVENTS", kvm_vcpu_events(), ckvm_set_vcpu_events)
    case .runState:
      try unsafe write(part, bytes, "KVM_SET_MP_STATE", kvm_mp_state(), ckvm_set_mp_state)
    case .localAPIC:
      try unsafe write(part, bytes, "KVM_SET_LAPIC", kvm_lapic_state(), ckvm_set_lapic)
    }
  }

  // MARK: Structures of a fixed size

  private func read<Structure>(
    _ request: String, _ empty: Structure,
    _ get: (Int32, UnsafeMutablePointer<Structure>) -> Int32
  ) throws(KVMError) -> [UInt8] {
    var structure = empty
    // SAFETY: the kernel writes a local of the request's own type during the call.
    try checkKVM(request, unsafe get(descriptor.number, &structure))
    return rawBytes(of: structure)
  }

  private func write<Structure>(
    _ part: VCPUStatePart, _ bytes: [UInt8], _ request: String, _ empty: Structure,
    _ set: (Int32, UnsafeMutablePointer<Structure>) -> Int32
  ) throws(KVMError) {
    var structure = try part.structure(empty, bytes)
    // SAFETY: the kernel reads a local of the request's own type during the call.
    try checkKVM(request, unsafe set(descriptor.number, &structure))
  }

  // MARK: Parts whose size the host or the guest decides

  private func features() throws(KVMError) -> [UInt8] {
    var table = ckvm_cpuid()
    table.nent = UInt32(CKVM_CPUID_CAPACITY)
    // SAFETY: the kernel writes at most as many entries as it is told fit, and says how many.
    try checkKVM("KVM_GET_CPUID2", unsafe ckvm_get_cpuid(descriptor.number, &table))
    return Array(
      rawBytes(of: table.entries).prefix(Int(table.nent) * MemoryLayout<kvm_cpuid_entry2>.size))
  }

  private func setFeatures(_ bytes: [UInt8]) throws(KVMError) {
    let size = MemoryLayout<kvm_cpuid_entry2>.size
    var table = ckvm_cpuid()
    guard bytes.count % size == 0, bytes.count <= MemoryLayout.size(ofValue: table.entries) else {
      throw .unsuitableState("\(bytes.count) bytes of CPUID, which has \(size) an entry")
    }
    table.nent = UInt32(bytes.count / size)
    // SAFETY: C declares the field as an array of integers, and the bytes fit, as just checked.
    unsafe withUnsafeMutableBytes(of: &table.entries) { unsafe $0.copyBytes(from: bytes) }
    // SAFETY: the kernel reads a local during the call, as many entries as were counted.
    try checkKVM("KVM_SET_CPUID2", unsafe ckvm_set_cpuid(descriptor.number, &table))
  }

  private func extendedState() throws(KVMError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: saving.extendedStateSize ?? Self.oldExtendedStateSize)
    let hasSize = saving.extendedStateSize != nil
    // SAFETY: the kernel writes as many bytes as it said by KVM_CAP_XSAVE2, or, without that, the
    // 4096 of its first kvm_xsave; the array has as many and outlives the call.
    let result = unsafe bytes.withUnsafeMutableBytes { buffer in
      hasSize
        ? unsafe ckvm_get_xsave2(descriptor.number, buffer.baseAddress)
        : unsafe ckvm_get_xsave(descriptor.number, buffer.baseAddress)
    }
    try checkKVM(hasSize ? "KVM_GET_XSAVE2" : "KVM_GET_XSAVE", result)
    return bytes
  }

  private func setExtendedState(_ bytes: [UInt8]) throws(KVMError) {
    let size = saving.extendedStateSize ?? Self.oldExtendedStateSize
    try VCPUStatePart.extendedState.check(bytes, size: size)
    // SAFETY: the kernel reads as many bytes as it said by KVM_CAP_XSAVE2, or 4096, from an array
    // that has as many (just checked) and outlives the call.
    let result = unsafe bytes.withUnsafeBytes { buffer in
      unsafe ckvm_set_xsave(descriptor.number, buffer.baseAddress)
    }
    try checkKVM("KVM_SET_XSAVE", result)
  }

  private static var oldExtendedStateSize: Int { 4096 }
}

/// What this host's KVM says about the parts of a vCPU whose extent differs between hosts.
///
/// *Why a class:* so a vCPU is four words, which are passed in registers.
final class StateExtent: Sendable {
  /// Bytes of a `kvm_xsave` (`KVM_CAP_XSAVE2`), or nil on a kernel that only knows 4096.
  let extendedStateSize: Int?
  /// The MSRs that KVM lists (`KVM_GET_MSR_INDEX_LIST`); a vCPU need not have all of them.
  let registerIndices: [UInt32]
  /// Whether events can be read and set by `KVM_RUN` itself (`KVM_CAP_SYNC_REGS`).
  let sharesEvents: Bool

  init(of device: borrowing OwnedDescriptor) throws(KVMError) {
    let size = Int(ckvm_check_extension(device.number, UInt(Capability.extendedStateSize.rawValue)))
    extendedStateSize = size >= 4096 ? size : nil
    let shared = ckvm_check_extension(
      device.number, UInt(Capability.synchronisedRegisters.rawValue))
    sharesEvents = shared & Int32(KVM_SYNC_X86_EVENTS) != 0
    var list = ckvm_msr_index_list()
    list.nmsrs = UInt32(CKVM_MSR_INDEX_CAPACITY)
    // SAFETY: the kernel writes at most as many indices as it is told fit, and says how many.
    try checkKVM("KVM_GET_MSR_INDEX_LIST", unsafe ckvm_get_msr_index_list(device.number, &list))
    let count = Int(list.nmsrs)
    precondition(count <= Int(CKVM_MSR_INDEX_CAPACITY), "more MSRs than fit, and no E2BIG")
    // SAFETY: C declares the field as an array of this type, and `count` is within it.
    registerIndices = unsafe withUnsafeBytes(of: &list.indices) { bytes in
      unsafe Array(bytes.bindMemory(to: UInt32.self).prefix(count))
    }
  }
}

// MARK: Structures and bytes

/// The bytes of one of the kernel's structures, which are made of integers alone.
func rawBytes<Structure>(of structure: Structure) -> [UInt8] {
  // SAFETY: such a structure is initialised whole, by C's zeroing initialiser, padding included.
  unsafe withUnsafeBytes(of: structure) { unsafe [UInt8]($0) }
}

extension VCPUStatePart {
  func check(_ bytes: [UInt8], size: Int) throws(KVMError) {
    guard bytes.count == size else {
      throw .unsuitableState("part \(rawValue) has \(bytes.count) bytes; this host takes \(size)")
    }
  }

  /// One of the kernel's structures, which are made of integers alone.
  func structure<Structure>(_ empty: Structure, _ bytes: [UInt8]) throws(KVMError) -> Structure {
    try check(bytes, size: MemoryLayout<Structure>.size)
    var structure = empty
    // SAFETY: any bytes are a value of such a structure, and there are as many as it has.
    unsafe withUnsafeMutableBytes(of: &structure) { unsafe $0.copyBytes(from: bytes) }
    return structure
  }

  /// An array of them.
  func structures<Structure>(
    _ empty: Structure, _ bytes: [UInt8]
  ) throws(KVMError) -> [Structure] {
    let size = MemoryLayout<Structure>.size
    guard bytes.count % size == 0 else {
      throw .unsuitableState("part \(rawValue) has \(bytes.count) bytes, no multiple of \(size)")
    }
    var structures: [Structure] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      structures.append(try structure(empty, Array(bytes[start..<start + size])))
    }
    return structures
  }
}
