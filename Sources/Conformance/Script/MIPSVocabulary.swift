/// The words of scripts for the MIPS Count/Compare timer.
public enum MIPSVocabulary: ConformanceVocabulary {
  /// What `read` reads.
  public enum Source: String, ConformanceWord {
    /// Registers, and CC (RDHWR 2) and CCRes (RDHWR 3).
    case count, compare, cause, cc, ccres
    /// Bits: Cause.TI, Cause.IP7, Cause.DC, Status.IE, Status.IM7, Status.EXL.
    case ti, ip7, dc, ie, im7, exl
    /// IntCtl.IPTI, and Cause.IP6..0.
    case ipti, others
    /// Whether an interrupt would be taken now, and how many have been.
    case line, irqs
    /// What the last handler entry saw: Count - Compare (signed), and Cause.TI.
    case lead
    case handlerTI = "hcause_ti"
    /// The state at reset.
    case bootTI = "boot_ti"
    case bootDC = "boot_dc"
    case bootCompare = "boot_compare"
    case bootCount = "boot_count"
  }

  /// What an expression can name.
  public enum Register: String, ConformanceWord {
    case count, compare
  }

  /// What `write` writes.
  public enum Destination: String, ConformanceWord {
    case count, compare, cause
  }

  /// What `set` sets.
  public enum Flag: String, ConformanceWord {
    case dc, ie, im7, exl
  }

  /// What `bracket` and `blind` sample.
  public enum Sample: String, ConformanceWord {
    case ti
  }

  /// What the interrupt handler does.
  public enum Handler: String, ConformanceWord {
    /// Writes Compare back; adds the argument to Compare; clears Status.IM7; or nothing, until
    /// as many interrupts as the argument says have been taken, when it clears Status.IM7.
    case ack, reload, mask, none

    /// `reload` and `none` do.
    public var takesArgument: Bool { self == .reload || self == .none }
  }

  /// `mips`.
  public static let name = "mips"
  /// 32.
  public static let wordBits = 32
  /// No.
  public static let hasSleep = false
  /// None.
  public static let softwareInterrupt: Destination? = nil
}
