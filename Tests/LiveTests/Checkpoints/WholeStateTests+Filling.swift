import CKVM
import KVM
import TestSupport
import Testing

@testable import VMM

/// A vCPU of which everything that a guest can see has an odd value.
extension LiveUntimed.WholeStateTests {
  /// One of these suits each MSR: an address, memory types, a physical address with flags, flags.
  private static let oddValues: [UInt64] =
    [0x7a5b_c3d4_e5f0, 0x0707_0406, 0x5a5a_5801, 0x5a5a_5800, 0xc05, 0x21, 5, 1, .max]

  /// In the order of `VCPUStatePart.allCases`, for the reasons given there.
  func fill(
    _ vcpu: borrowing VirtualCPU, _ irqchip: IRQChip, _ pending: Pending
  ) throws {
    try fillSpecialRegisters(vcpu)
    try fillRegisters(vcpu)
    try fillExtendedState(vcpu)
    try fillDebugRegisters(vcpu)
    if irqchip != .user { try fillLocalAPIC(vcpu) }
    try fillModelSpecificRegisters(vcpu)
    try fillEvents(vcpu, pending)
    if irqchip != .user {
      try vcpu.setState(.runState, [UInt8](UInt32(KVM_MP_STATE_HALTED)))
    }
  }

  private func fillRegisters(_ vcpu: borrowing VirtualCPU) throws {
    var bytes = (0..<16).flatMap { [UInt8](0x8123_4567_89ab_cd01 + UInt64($0) * 0x1111) }
    bytes += [UInt8](UInt64(0x0000_7654_3210_fedd))
    // All flags but VM: CF, PF, AF, ZF, SF, TF, IF, DF, OF, IOPL, NT, RF, AC, VIF, VIP, ID.
    bytes += [UInt8](UInt64(0x3d_7fd7))
    try vcpu.setState(.registers, bytes)
  }

  private func fillSpecialRegisters(_ vcpu: borrowing VirtualCPU) throws {
    var special = try vcpu.specialRegisters()
    func segment(_ number: UInt64, type: UInt8, isSystem: Bool = false) -> kvm_segment {
      kvm_segment(
        base: 0x0000_7012_3450_0000 + number << 12, limit: 0xf_ffff >> UInt32(number % 3),
        selector: UInt16(0x1000 + number << 3), type: type, present: 1,
        dpl: 0, db: isSystem ? 0 : 1, s: isSystem ? 0 : 1, l: 0, g: 0, avl: 1, unusable: 0,
        padding: 0)
    }
    special.cs = segment(1, type: 0xb)
    (special.cs.db, special.cs.l, special.cs.base) = (0, 1, 0)
    special.ss = segment(2, type: 3)
    special.ss.base = 0
    special.ds = segment(3, type: 3)
    special.es = segment(4, type: 3)
    for path in [\kvm_sregs.ds.base, \kvm_sregs.es.base] { special[keyPath: path] &= 0xffff_ffff }
    special.fs = segment(5, type: 3)
    special.gs = segment(6, type: 3)
    special.ldt = segment(7, type: 2, isSystem: true)
    special.tr = segment(8, type: 0xb, isSystem: true)
    special.gdt.base = 0x0000_7aaa_bbbb_cccd
    special.gdt.limit = 0x5a5f
    special.idt.base = 0x0000_7bbb_cccc_dddd
    special.idt.limit = 0xa5af
    special.cr0 = 0x8005_0033  // PG, AM, WP, NE, ET, MP, PE
    special.cr2 = 0x0000_7ccc_dddd_eeed
    special.cr3 = 0x5018  // PCD, PWT
    special.cr4 = 0x20
    special.cr8 = 0xb
    special.efer = 0xd01  // NXE, LMA, LME, SCE
    try vcpu.setSpecialRegisters(special)
    // Each further bit of CR4 that this vCPU takes: they depend on its features.
    for bit in 0..<32 where bit != 5 {
      var more = try vcpu.specialRegisters()
      more.cr4 |= 1 << bit
      try? vcpu.setSpecialRegisters(more)
    }
    let read = try vcpu.specialRegisters()
    #expect(read.cr4 & 0x620 == 0x620, "PAE, OSFXSR, OSXMMEXCPT")
    try #require(read.cr8 == 0xb)
  }

  private func fillExtendedState(_ vcpu: borrowing VirtualCPU) throws {
    let entries = try #require(try vcpu.state(.features))
    // Leaf 0xd: in subleaf 0 what XCR0 may have, in n the size and the offset of component n.
    var subleaves: [UInt32: (eax: UInt32, ebx: UInt32, edx: UInt32)] = [:]
    for offset in stride(from: 0, to: entries.count, by: 40)
    where entries.number(at: offset, UInt32.self) == 0xd {
      subleaves[entries.number(at: offset + 4)] = (
        entries.number(at: offset + 12), entries.number(at: offset + 16),
        entries.number(at: offset + 24)
      )
    }
    let offered = subleaves[0].map { UInt64($0.edx) << 32 | UInt64($0.eax) } ?? 3
    // A vCPU without leaf 0xd has XCR0 = 1 and no way to change it.
    if subleaves[0] != nil {
      var control = try #require(try vcpu.state(.extendedControl))
      control.set(0, UInt32(1))
      control.set(16, offered)
      try vcpu.setState(.extendedControl, control)
    }
    var bytes = try #require(try vcpu.state(.extendedState))
    // x87: every exception unmasked and pending, or processors need not keep FOP, FIP and FDP.
    bytes.set(0, UInt16(0x0340))
    bytes.set(2, UInt16(0xbaff))
    bytes[4] = 0x7f
    bytes.set(6, UInt16(0x05a5))
    bytes.set(8, UInt64(0x1234_5679))
    bytes.set(16, UInt64(0x2345_6781))
    bytes.set(24, UInt32(0x0000_9fc1))  // MXCSR
    for register in 0..<8 {
      for byte in 0..<10 { bytes[32 + register * 16 + byte] = UInt8(0x11 + register * 16 + byte) }
    }
    for byte in 160..<416 { bytes[byte] = UInt8(truncatingIfNeeded: byte &* 7 | 1) }
    bytes.set(512, offered)
    // AVX; opmask, ZMM_Hi256 and Hi16_ZMM of AVX-512; PKRU. Others have bits that must be clear.
    for component in [2, 5, 6, 7, 9] as [UInt32] where offered >> component & 1 == 1 {
      let place = try #require(subleaves[component])
      for byte in 0..<Int(place.eax) {
        bytes[Int(place.ebx) + byte] = UInt8(truncatingIfNeeded: byte &* 5 &+ Int(component) | 1)
      }
    }
    try vcpu.setState(.extendedState, bytes)
  }

  private func fillDebugRegisters(_ vcpu: borrowing VirtualCPU) throws {
    var bytes = try #require(try vcpu.state(.debugRegisters))
    for register in 0..<4 { bytes.set(8 * register, 0x0000_7fed_cba9_8761 + UInt64(register)) }
    bytes.set(32, UInt64(0xffff_4fff))  // DR6: BS, B3 to B0
    bytes.set(40, UInt64(0xdd55_0755))  // DR7: breakpoints of all kinds, GE, LE
    try vcpu.setState(.debugRegisters, bytes)
  }

  private func fillLocalAPIC(_ vcpu: borrowing VirtualCPU) throws {
    var bytes = try #require(try vcpu.state(.localAPIC))
    bytes.set(0x80, UInt32(0xb5))  // TPR; bits 7:4 are CR8
    bytes.set(0xd0, UInt32(0xa500_0000))  // LDR
    bytes.set(0xe0, UInt32(0x0fff_ffff))  // DFR: cluster model
    bytes.set(0xf0, UInt32(0x1fd))  // SVR: on
    for word in 1..<8 {
      bytes.set(0x100 + 16 * word, UInt32(1) << word)  // ISR
      bytes.set(0x180 + 16 * word, UInt32(0x0101_0100) << word)  // TMR
      bytes.set(0x200 + 16 * word, UInt32(0x0303_0000) << word)  // IRR
    }
    bytes.set(0x280, UInt32(0x40))  // ESR
    bytes.set(0x300, UInt32(0x4_0831))  // ICR
    bytes.set(0x310, UInt32(0x0500_0000))
    for (place, vector) in [(0x320, 0x41), (0x330, 0x42), (0x340, 0x43)] as [(Int, UInt32)] {
      bytes.set(place, 0x1_0000 | vector)  // LVT: masked
    }
    bytes.set(0x350, UInt32(0x1_8144))
    bytes.set(0x360, UInt32(0x1_2045))
    bytes.set(0x370, UInt32(0x1_0046))
    bytes.set(0x380, UInt32(0xffff_fff1))  // TMICT
    bytes.set(0x390, UInt32(0xffff_fff1))  // TMCCT
    bytes.set(0x3e0, UInt32(0xa))  // the timer divides by 128
    try vcpu.setState(.localAPIC, bytes)
  }

  /// Each gets the first value that it keeps.
  private func fillModelSpecificRegisters(_ vcpu: borrowing VirtualCPU) throws {
    var filled: Set<UInt32> = []
    for (index, value) in try vcpu.allModelSpecificRegisters() {
      // Hyper-V's start timers and move by themselves.
      guard index >> 8 != 0x40_0000, !Self.clocks.contains(index) else { continue }
      for odd in Self.oddValues where odd != value {
        guard try vcpu.setModelSpecificRegister(index, to: odd),
          try vcpu.modelSpecificRegister(index) == odd
        else { continue }
        filled.insert(index)
        break
      }
      if !filled.contains(index) { _ = try vcpu.setModelSpecificRegister(index, to: value) }
    }
    // SYSENTER_CS, _ESP, _EIP; PAT; STAR, LSTAR, CSTAR, FMASK; KERNEL_GS_BASE.
    let certain: Set<UInt32> = [
      0x174, 0x175, 0x176, 0x277, 0xc000_0081, 0xc000_0082, 0xc000_0083, 0xc000_0084, 0xc000_0102,
    ]
    #expect(certain.subtracting(filled) == [])
    // MTRRs and the banks of machine-check registers, which KVM does not list and a guest can write.
    let unlisted: Set<UInt32> = [0x200, 0x201, 0x250, 0x2ff, 0x400, 0x402, 0x403]
    #expect(unlisted.subtracting(filled) == [])
  }

  private func fillEvents(_ vcpu: borrowing VirtualCPU, _ pending: Pending) throws {
    var bytes = try #require(try vcpu.state(.events))
    bytes[11] = UInt8(KVM_X86_SHADOW_INT_MOV_SS)
    bytes[14] = 1  // NMIs are masked.
    switch pending {
    case .exception:
      bytes[0...2] = [1, 13, 1]  // injected, #GP, with a code
      bytes.set(4, UInt32(0x1235))
    case .interrupt: bytes[8...9] = [1, 0x31]
    case .nmi: bytes[13] = 1
    case .systemManagement:
      // In the mode, a second one pending, the first inside an NMI's handler.
      guard try KVMSystem().value(of: Capability(rawValue: KVM_CAP_X86_SMM)) > 0 else { break }
      bytes[24...26] = [1, 1, 1]
    }
    try vcpu.setState(.events, bytes)
  }
}
