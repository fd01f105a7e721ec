/// A frame of the controller's registers; each has its own address.
public enum InterruptControllerFrame: Hashable, Sendable, CaseIterable {
  /// The distributor, GICD. Its registers for the interrupts 0 to 31 are banked: each CPU finds
  /// its own.
  case distributor
  /// The CPU interface, GICC. All of it is banked.
  case cpuInterface
}

/// Offsets in the distributor's frame.
///
/// An array of registers is named without its index.
public enum GICD {
  /// Control; bit 0 forwards interrupts.
  public static let ctlr = 0x000
  /// Type: one word of SPIs, and the number of CPUs less one in bits 7:5.
  public static let typer = 0x004
  /// Implementer; reads as 0.
  public static let iidr = 0x008
  /// Set-enable, a bit an interrupt.
  public static let isenabler = 0x100
  /// Clear-enable, a bit an interrupt.
  public static let icenabler = 0x180
  /// Set-pending, a bit an interrupt.
  public static let ispendr = 0x200
  /// Clear-pending, a bit an interrupt.
  public static let icpendr = 0x280
  /// Set-active, a bit an interrupt.
  public static let isactiver = 0x300
  /// Clear-active, a bit an interrupt.
  public static let icactiver = 0x380
  /// Priority, a byte an interrupt.
  public static let ipriorityr = 0x400
  /// Targets, a byte an interrupt.
  public static let itargetsr = 0x800
  /// Configuration, two bits an interrupt.
  public static let icfgr = 0xc00
  /// Sends an SGI; write-only.
  public static let sgir = 0xf00
  /// Clear-pending of SGIs: a byte an SGI, with a bit for each source CPU.
  public static let cpendsgir = 0xf10
  /// Set-pending of SGIs: a byte an SGI, with a bit for each source CPU.
  public static let spendsgir = 0xf20
  /// Peripheral identification 2; 0x20, which is architecture version 2.
  public static let icpidr2 = 0xfe8
}

/// Offsets in a CPU interface's frame.
public enum GICC {
  /// Control; bit 0 lets interrupts through, bit 9 is EOImode.
  public static let ctlr = 0x0000
  /// Priority mask.
  public static let pmr = 0x0004
  /// Binary point.
  public static let bpr = 0x0008
  /// Acknowledge; read-only, and reading it has that effect.
  public static let iar = 0x000c
  /// End of interrupt; write-only.
  public static let eoir = 0x0010
  /// Running priority; read-only.
  public static let rpr = 0x0014
  /// Highest priority pending interrupt; read-only.
  public static let hppir = 0x0018
  /// Acknowledge for group 1, in which there is no interrupt; reads as 1023.
  public static let aiar = 0x0020
  /// Highest pending of group 1, in which there is no interrupt; reads as 1023.
  public static let ahppir = 0x0028
  /// Active priorities, four registers of 32 preemption levels.
  public static let apr = 0x00d0
  /// Implementer; 0x00020000, which is architecture version 2.
  public static let iidr = 0x00fc
  /// Deactivate; write-only.
  public static let dir = 0x1000
}

/// What a word of the distributor's frame is; `word` and `id` are in range.
enum DistributorRegister {
  /// A register with a bit an interrupt, which exists twice, to set bits and to clear them.
  enum Bits { case enabled, pending, active }
  /// A register with a byte an interrupt.
  enum Bytes { case priority, targets, clearSources, setSources }

  case control, type, identification, sendSGI
  case bits(Bits, isSet: Bool, word: Int)
  case bytes(Bytes, id: Int)
  case configuration(index: Int)

  /// What stands at an offset, or nil where nothing does.
  init?(offset: Int) {
    let bits: Bits
    switch offset {
    case GICD.ctlr..<GICD.typer: self = .control; return
    case GICD.typer..<GICD.iidr: self = .type; return
    case GICD.isenabler..<GICD.ispendr: bits = .enabled
    case GICD.ispendr..<GICD.isactiver: bits = .pending
    case GICD.isactiver..<GICD.ipriorityr: bits = .active
    case GICD.ipriorityr..<GICD.ipriorityr + InterruptControllerState.interruptCount:
      self = .bytes(.priority, id: offset - GICD.ipriorityr); return
    case GICD.itargetsr..<GICD.itargetsr + InterruptControllerState.interruptCount:
      self = .bytes(.targets, id: offset - GICD.itargetsr); return
    case GICD.icfgr..<GICD.icfgr + 0x10:
      self = .configuration(index: (offset - GICD.icfgr) / 4); return
    case GICD.sgir..<GICD.sgir + 4: self = .sendSGI; return
    case GICD.cpendsgir..<GICD.spendsgir:
      self = .bytes(.clearSources, id: offset - GICD.cpendsgir); return
    case GICD.spendsgir..<GICD.spendsgir + 0x10:
      self = .bytes(.setSources, id: offset - GICD.spendsgir); return
    case GICD.icpidr2..<GICD.icpidr2 + 4: self = .identification; return
    default: return nil
    }
    // 0x80 bytes to set bits, then 0x80 to clear them; a bit for each of 64 interrupts.
    let word = offset % 0x80 / 4
    guard word < 2 else { return nil }
    self = .bits(bits, isSet: offset & 0x80 == 0, word: word)
  }
}
