internal import CKVM
internal import GDBProtocol
internal import KVM

/// The registers of a paused vCPU that a debugger sees, each as its bytes, in the order of ``RegisterLayout``.
struct VCPURegisters {
  private var general: kvm_regs
  private var special: kvm_sregs
  private var floating: FloatingPointState
  /// Each register's bytes, lowest first.
  private(set) var bytes: [[UInt8]] = []

  /// Reads them.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  init(of vcpu: VCPU) throws(KVMError) {
    general = try vcpu.handle.registers()
    special = try vcpu.handle.specialRegisters()
    floating = try vcpu.handle.floatingPoint()
    bytes = Self.generalFields.map { general[keyPath: $0].littleEndianBytes }
    bytes.append(UInt32(truncatingIfNeeded: general.rflags).littleEndianBytes)
    bytes += Self.segmentFields.map { UInt32(special[keyPath: $0].selector).littleEndianBytes }
    bytes += floating.stack + floatingControl.map(\.littleEndianBytes)
    bytes += floating.vectors + [floating.vectorControl.littleEndianBytes]
    bytes += Self.systemFields.map { special[keyPath: $0].littleEndianBytes }
    bytes += [special.gdt.limit, special.idt.limit].map { UInt32($0).littleEndianBytes }
    bytes.append(vcpu.highLines.littleEndianBytes)
    precondition(
      bytes.map(\.count) == RegisterLayout.registers.map(\.size), "each register has its size")
  }

  private static let generalFields: [any WritableKeyPath<kvm_regs, UInt64> & Sendable] = [
    \.rax, \.rbx, \.rcx, \.rdx, \.rsi, \.rdi, \.rbp, \.rsp, \.r8, \.r9, \.r10, \.r11, \.r12, \.r13,
    \.r14, \.r15, \.rip,
  ]
  private static let segmentFields: [any WritableKeyPath<kvm_sregs, kvm_segment> & Sendable] = [
    \.cs, \.ss, \.ds, \.es, \.fs, \.gs,
  ]
  private static let systemFields: [any WritableKeyPath<kvm_sregs, UInt64> & Sendable] = [
    \.fs.base, \.gs.base, \.cr0, \.cr2, \.cr3, \.cr4, \.cr8, \.efer, \.cs.base, \.gdt.base,
    \.idt.base, \.tr.base,
  ]

  private var floatingControl: [UInt32] {
    // The tag word of x87: FXSAVE's says only which registers are empty.
    let tags: UInt32 = (0..<8).reduce(0) { tags, index in
      floating.shortTagWord >> UInt8(index) & 1 == 1 ? tags : tags | 3 << UInt32(2 * index)
    }
    return [
      UInt32(floating.controlWord), UInt32(floating.statusWord), tags, 0,
      UInt32(truncatingIfNeeded: floating.lastInstruction), 0,
      UInt32(truncatingIfNeeded: floating.lastOperand), UInt32(floating.lastOpcode),
    ]
  }

  // MARK: Writing

  private static let flagsIndex = RegisterLayout.index(of: "eflags")
  private static let stackIndex = RegisterLayout.index(of: "st0")
  private static let controlIndex = RegisterLayout.index(of: "fctrl")
  private static let vectorIndex = RegisterLayout.index(of: "xmm0")
  private static let systemIndex = RegisterLayout.index(of: "fs_base")

  /// Changes a register.
  ///
  /// Segments' selectors, pointers of x87 and limits of tables are shown and not changed: nothing would be
  /// loaded with them.
  ///
  /// - Returns: Whether there is such a register, of that size, and it can be changed, or has that value.
  mutating func set(_ index: Int, to value: [UInt8]) -> Bool {
    guard bytes.indices.contains(index), bytes[index].count == value.count else { return false }
    if bytes[index] == value { return true }
    let number = UInt64(littleEndianBytes: value)
    switch index {
    case 0..<Self.generalFields.count: general[keyPath: Self.generalFields[index]] = number
    case Self.flagsIndex: general.rflags = number
    case Self.stackIndex..<Self.stackIndex + 8: floating.stack[index - Self.stackIndex] = value
    case Self.controlIndex: floating.controlWord = UInt16(truncatingIfNeeded: number)
    case Self.controlIndex + 1: floating.statusWord = UInt16(truncatingIfNeeded: number)
    case Self.vectorIndex..<Self.vectorIndex + 16:
      floating.vectors[index - Self.vectorIndex] = value
    case Self.vectorIndex + 16: floating.vectorControl = UInt32(truncatingIfNeeded: number)
    case Self.systemIndex..<Self.systemIndex + Self.systemFields.count:
      special[keyPath: Self.systemFields[index - Self.systemIndex]] = number
    default: return false
    }
    bytes[index] = value
    return true
  }

  /// Gives the vCPU the groups of registers in which one was changed.
  ///
  /// *Order:* special registers before the others, as a checkpoint has them.
  ///
  /// - Throws: ``KVMError`` where KVM refuses a value.
  func write(to vcpu: VCPU, since before: VCPURegisters) throws(KVMError) {
    let changed = Set(bytes.indices.filter { bytes[$0] != before.bytes[$0] })
    if changed.contains(where: { $0 >= Self.systemIndex }) {
      try vcpu.handle.setSpecialRegisters(special)
    }
    if changed.contains(where: { $0 <= Self.flagsIndex }) {
      try vcpu.handle.setRegisters(general)
    }
    if changed.contains(where: { (Self.stackIndex..<Self.systemIndex).contains($0) }) {
      try vcpu.handle.setFloatingPoint(floating)
    }
  }
}

extension FixedWidthInteger {
  /// The number's bytes, lowest first.
  var littleEndianBytes: [UInt8] {
    stride(from: 0, to: bitWidth, by: 8).map { UInt8(truncatingIfNeeded: self >> $0) }
  }

  /// The number that bytes are, lowest first; of more than it has, the lowest.
  init(littleEndianBytes bytes: [UInt8]) {
    self = 0
    for (index, byte) in bytes.prefix(Self.bitWidth / 8).enumerated() {
      self |= Self(truncatingIfNeeded: byte) << Self(8 * index)
    }
  }
}
