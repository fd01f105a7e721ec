internal import CKVM

/// A vCPU's registers.
public struct GuestRegisters: Hashable, Sendable {
  /// A segment register, with what the processor keeps of its descriptor.
  public struct Segment: Hashable, Sendable {
    /// The selector.
    public var selector: UInt16 = 0
    /// The base, linear.
    public var base: UInt64 = 0
    /// The last valid offset.
    public var limit: UInt32 = 0
    /// L: 64-bit code.
    public var isLong = false
    /// D or B: 32-bit code or stack.
    public var is32Bit = false
    /// The descriptor's privilege level; of SS, the vCPU's.
    public var privilege: UInt8 = 0
  }

  /// A descriptor-table register.
  public struct Table: Hashable, Sendable {
    /// The base, linear.
    public var base: UInt64 = 0
    /// The last valid offset.
    public var limit: UInt16 = 0
  }

  /// Names of the general-purpose registers, in the order of ``general``.
  public static let generalNames = [
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15",
  ]

  /// The sixteen general-purpose registers.
  public var general = [UInt64](repeating: 0, count: 16)
  /// The instruction pointer.
  public var rip: UInt64 = 0
  /// The flags.
  public var rflags: UInt64 = 0
  /// Code.
  public var cs = Segment()
  /// Data.
  public var ds = Segment()
  /// Extra data.
  public var es = Segment()
  /// More data.
  public var fs = Segment()
  /// More data.
  public var gs = Segment()
  /// The stack.
  public var ss = Segment()
  /// The task register.
  public var tr = Segment()
  /// The global descriptor table.
  public var gdt = Table()
  /// The interrupt descriptor table.
  public var idt = Table()
  /// Modes.
  public var cr0: UInt64 = 0
  /// The linear address of the last page fault.
  public var cr2: UInt64 = 0
  /// The first page table.
  public var cr3: UInt64 = 0
  /// Extensions.
  public var cr4: UInt64 = 0
  /// The task's priority.
  public var cr8: UInt64 = 0
  /// Extended features.
  public var efer: UInt64 = 0

  /// All zero.
  public init() {}

  init(_ registers: kvm_regs, _ special: kvm_sregs) {
    general = [
      registers.rax, registers.rbx, registers.rcx, registers.rdx, registers.rsi, registers.rdi,
      registers.rbp, registers.rsp, registers.r8, registers.r9, registers.r10, registers.r11,
      registers.r12, registers.r13, registers.r14, registers.r15,
    ]
    (rip, rflags) = (registers.rip, registers.rflags)
    (cs, ds, es) = (Segment(special.cs), Segment(special.ds), Segment(special.es))
    (fs, gs, ss) = (Segment(special.fs), Segment(special.gs), Segment(special.ss))
    tr = Segment(special.tr)
    gdt = Table(base: special.gdt.base, limit: special.gdt.limit)
    idt = Table(base: special.idt.base, limit: special.idt.limit)
    (cr0, cr2, cr3) = (special.cr0, special.cr2, special.cr3)
    (cr4, cr8, efer) = (special.cr4, special.cr8, special.efer)
  }

  // MARK: Modes

  /// EFER.LMA.
  var isLongMode: Bool { efer >> 10 & 1 == 1 }
  /// Whether instructions are 64-bit.
  var is64Bit: Bool { isLongMode && cs.isLong }
  /// CR0.PE.
  var isProtected: Bool { cr0 & 1 == 1 }
  /// The privilege level.
  var privilege: Int { isProtected ? Int(ss.privilege) : 0 }
  /// The stack pointer.
  var rsp: UInt64 { general[7] }

  /// Bytes of a word that a push writes.
  var wordSize: Int { is64Bit ? 8 : cs.is32Bit ? 4 : 2 }

  /// The linear address of the next instruction.
  var instruction: UInt64 { linear(rip, in: cs) }

  /// The linear address of the stack's last word.
  var stack: UInt64 { linearStack(rsp) }

  /// The linear address of the byte below it, which the next push writes.
  var belowStack: UInt64 { linearStack(rsp &- 1) }

  private func linearStack(_ offset: UInt64) -> UInt64 {
    linear(is64Bit ? offset : ss.is32Bit ? offset & 0xffff_ffff : offset & 0xffff, in: ss)
  }

  private func linear(_ offset: UInt64, in segment: Segment) -> UInt64 {
    is64Bit ? offset : (segment.base &+ offset) & 0xffff_ffff
  }

  /// Such as `64-bit long mode, 4-level paging, CPL 0`.
  public var mode: String {
    let width = cs.is32Bit ? "32-bit" : "16-bit"
    let mode =
      if !isProtected { "real mode" } else if is64Bit { "64-bit long mode" } else if isLongMode {
        "\(width) compatibility mode"
      } else { "\(width) protected mode" }
    return "\(mode), \(Paging(self).form.rawValue), CPL \(privilege)"
  }
}

extension GuestRegisters.Segment {
  fileprivate init(_ segment: kvm_segment) {
    self.init(
      selector: segment.selector, base: segment.base, limit: segment.limit,
      isLong: segment.l != 0, is32Bit: segment.db != 0, privilege: segment.dpl)
  }
}
