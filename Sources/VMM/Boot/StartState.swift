internal import CKVM
internal import KVM

/// The registers with which a vCPU begins.
enum StartState: Hashable, Sendable {
  /// Real mode at `page` * 4096, as after a start-up IPI (Intel SDM 3A, 10.4.4).
  case startUp(page: UInt8)
  /// Real mode with flat segments at `entry`, the stack growing down from there.
  case real(entry: UInt16)
  /// 32-bit protected mode with flat segments, paging off: the PVH entry.
  case protected(entry: UInt32, startInfo: UInt32)
  /// The same with Multiboot's magic number in EAX and its information's address in EBX.
  case multiboot(entry: UInt32, information: UInt32)
  /// Long mode on identity page tables.
  case long(entry: UInt64, startInfo: UInt64)
  /// Long mode as Linux's boot protocol has it: CS 0x10, the others 0x18.
  case linux(entry: UInt64, bootParameters: UInt64)

  /// Sets a vCPU's registers.
  func apply(to vcpu: borrowing VirtualCPU) throws(KVMError) {
    var special = try vcpu.specialRegisters()
    var general = kvm_regs()
    general.rflags = 0x2  // bit 1 always reads 1
    switch self {
    case .startUp(let page):
      special.cs.base = UInt64(page) << 12
      special.cs.selector = UInt16(page) << 8
    case .real(let entry):
      special.cs.base = 0
      special.cs.selector = 0
      general.rip = UInt64(entry)
      general.rsp = UInt64(entry)
    case .protected(let entry, let startInfo):
      special.enterFlatProtectedMode()
      general.rip = UInt64(entry)
      general.rbx = UInt64(startInfo)
    case .multiboot(let entry, let information):
      special.enterFlatProtectedMode()
      general.rip = UInt64(entry)
      general.rax = 0x2bad_b002
      general.rbx = UInt64(information)
    case .long(let entry, let startInfo):
      special.enterFlatProtectedMode()
      special.enterLongMode()
      general.rip = entry
      general.rdi = startInfo
      general.rsp = UInt64(LowMemory.stackTop)
    case .linux(let entry, let bootParameters):
      special.enterFlatProtectedMode()
      special.enterLongMode()
      special.cs.selector = 0x10
      let data = kvm_segment.flat(selector: 0x18, type: 0x3, isLong: false)
      (special.ds, special.es, special.fs, special.gs, special.ss) = (data, data, data, data, data)
      general.rip = entry
      general.rsi = bootParameters
    }
    try vcpu.setSpecialRegisters(special)
    try vcpu.setRegisters(general)
  }
}

private enum ControlBits {
  static let protectionEnable: UInt64 = 1 << 0
  static let extensionType: UInt64 = 1 << 4
  static let numericError: UInt64 = 1 << 5
  static let paging: UInt64 = 1 << 31
  static let physicalAddressExtension: UInt64 = 1 << 5
  static let sseEnable: UInt64 = 1 << 9 | 1 << 10  // OSFXSR, OSXMMEXCPT
  static let longModeEnable: UInt64 = 1 << 8
  static let longModeActive: UInt64 = 1 << 10
}

extension kvm_sregs {
  /// CS at selector 0x18 (``LowMemory``'s 32-bit code), the others at 0x10: base 0, limit 4 GiB.
  fileprivate mutating func enterFlatProtectedMode() {
    cr0 = ControlBits.protectionEnable | ControlBits.extensionType
    cs = .flat(selector: 0x18, type: 0xb, isLong: false)
    let data = kvm_segment.flat(selector: 0x10, type: 0x3, isLong: false)
    (ds, es, fs, gs, ss) = (data, data, data, data, data)
    tr = kvm_segment()
    tr.limit = 0x67
    tr.type = 0xb
    tr.present = 1
    gdt.base = UInt64(LowMemory.descriptorTable)
    gdt.limit = UInt16(LowMemory.descriptors.count * 8 - 1)
  }

  fileprivate mutating func enterLongMode() {
    cr3 = UInt64(LowMemory.pageTables)
    cr4 = ControlBits.physicalAddressExtension | ControlBits.sseEnable
    cr0 |= ControlBits.paging | ControlBits.numericError
    efer = ControlBits.longModeEnable | ControlBits.longModeActive
    cs = .flat(selector: 0x08, type: 0xb, isLong: true)
  }
}

extension kvm_segment {
  fileprivate static func flat(selector: UInt16, type: UInt8, isLong: Bool) -> kvm_segment {
    var segment = kvm_segment()
    segment.limit = 0xffff_ffff
    segment.selector = selector
    segment.type = type
    segment.present = 1
    segment.db = isLong ? 0 : 1
    segment.l = isLong ? 1 : 0
    segment.s = 1
    segment.g = 1
    return segment
  }
}
