/// The words of scripts for the Arm generic timer and its interrupt controller.
public enum ARMVocabulary: ConformanceVocabulary {
  /// What `read` reads.
  public enum Source: String, ConformanceWord {
    /// The virtual timer: CNTV_CTL, its bits, CNTV_CVAL and CNTV_TVAL.
    case ctl, enable, imask, istatus, cval, tval
    /// The counters, their frequency, and the virtual counter's offset.
    case cntvct, cntpct, cntfrq, cntvoff
    /// ISR_EL1.I.
    case irq
    /// The CPU interface.
    case iar, hppir, rpr, pmr, bpr
    case interfaceControl = "gicc_ctlr"
    /// The distributor.
    case distributorControl = "gicd_ctlr"
    case typer, icfgr0, icfgr1, icfgr2, isenabler0
    /// One interrupt: ISPENDR, ICPENDR, ISACTIVER, ISENABLER, IPRIORITYR, ICFGR.
    case pending, active, enabled, priority, cfg
    case pendingByClear = "pending_c"
    /// What the handler saw: interrupts taken, spurious ones, the last id, the counter - CVAL at
    /// the last entry (signed), and the ids taken as one number in base 100.
    case irqs, spurious, lastid, lead, seq
    /// The exception level.
    case el
    /// The state at reset.
    case bootControl = "boot_ctl"
    case bootCompare = "boot_cval"
    case bootConfiguration0 = "boot_icfgr0"
    case bootConfiguration1 = "boot_icfgr1"
    case bootConfiguration2 = "boot_icfgr2"
    case bootEnabled0 = "boot_isenabler0"
    case bootPriority27 = "boot_prio27"
    case bootMask = "boot_pmr"
    case bootBinaryPoint = "boot_bpr"
    case bootDistributorControl = "boot_gicd_ctlr"
    case bootInterfaceControl = "boot_gicc_ctlr"

    /// The sources that are about one interrupt take its number.
    public var takesArgument: Bool {
      switch self {
      case .pending, .pendingByClear, .active, .enabled, .priority, .cfg: true
      default: false
      }
    }
  }

  /// What an expression can name.
  public enum Register: String, ConformanceWord {
    case cntvct, cntpct, cval, cntfrq
  }

  /// What `write` writes, and `sgi`.
  public enum Destination: String, ConformanceWord {
    case ctl, cval, tval, cntvoff
    case pmr, bpr, eoir, dir
    case distributorControl = "gicd_ctlr"
    case interfaceControl = "gicc_ctlr"
    /// One bit: the value is the interrupt's number.
    case isenabler, icenabler, ispendr, icpendr, isactiver, icactiver
    /// One interrupt's field: its number comes before the value.
    case priority, cfg
    /// A software generated interrupt to this CPU: the value is its number.
    case sgi

    /// `priority` and `cfg` do.
    public var takesArgument: Bool { self == .priority || self == .cfg }
  }

  /// What `set` sets: PSTATE.I.
  public enum Flag: String, ConformanceWord {
    case i
  }

  /// What `bracket` and `blind` sample: CNTV_CTL.ISTATUS, ISPENDR bit 27, ISR_EL1.I.
  public enum Sample: String, ConformanceWord {
    case istatus, gicpend, irq
  }

  /// What the interrupt handler does after reading IAR (before it, for `dropfirst`).
  public enum Handler: String, ConformanceWord {
    case disable, imask, rearm, cval, eoi, noeoi, ackdrop, dropfirst

    /// `rearm`, `cval` and `eoi` do.
    public var takesArgument: Bool { self == .rearm || self == .cval || self == .eoi }
  }

  /// `arm`.
  public static let name = "arm"
  /// 64.
  public static let wordBits = 64
  /// Yes.
  public static let hasSleep = true
  /// `sgi`.
  public static let softwareInterrupt: Destination? = .sgi
}
