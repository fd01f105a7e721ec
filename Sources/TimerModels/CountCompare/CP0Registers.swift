/// MIPS CP0 register 13, Cause, as far as timers and interrupts need it.
public struct CP0Cause: OptionSet, Hashable, Sendable {
  /// The register's 32 bits.
  public var rawValue: UInt32

  /// Creates a register with the given bits.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Cause.TI, bit 30: a timer interrupt is pending.
  public static let timerInterrupt = CP0Cause(rawValue: 1 << 30)
  /// Cause.DC, bit 27: Count is stopped.
  public static let disableCount = CP0Cause(rawValue: 1 << 27)
  /// Cause.IV, bit 23: interrupts use the special vector.
  public static let interruptVector = CP0Cause(rawValue: 1 << 23)
  /// Cause.IP7, bit 15: the interrupt input that the timer shares, IntCtl.IPTI being 7.
  public static let pending7 = CP0Cause(rawValue: 1 << 15)
  /// Cause.IP1, bit 9: software interrupt 1.
  public static let pending1 = CP0Cause(rawValue: 1 << 9)
  /// Cause.IP0, bit 8: software interrupt 0.
  public static let pending0 = CP0Cause(rawValue: 1 << 8)

  /// What `mtc0` can change: 0x08800300 (CC-9).
  public static let guestWritable: CP0Cause = [
    .disableCount, .interruptVector, .pending1, .pending0,
  ]

  /// The register with IP7 as the timer drives it, equal to TI.
  var followingTimer: CP0Cause {
    contains(.timerInterrupt) ? union(.pending7) : subtracting(.pending7)
  }

  /// Cause.IP7..0 as an 8-bit number.
  public var pendingInterrupts: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 8) }
}

/// MIPS CP0 register 12, Status, as far as it decides whether an interrupt is taken.
public struct CP0Status: OptionSet, Hashable, Sendable {
  /// The register's 32 bits.
  public var rawValue: UInt32

  /// Creates a register with the given bits.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Status.IE, bit 0: interrupts are enabled.
  public static let interruptEnable = CP0Status(rawValue: 1 << 0)
  /// Status.EXL, bit 1: an exception is being handled.
  public static let exceptionLevel = CP0Status(rawValue: 1 << 1)
  /// Status.ERL, bit 2: an error is being handled.
  public static let errorLevel = CP0Status(rawValue: 1 << 2)
  /// Status.IM7, bit 15: lets Cause.IP7 through, and with it the timer.
  public static let interruptMask7 = CP0Status(rawValue: 1 << 15)

  /// Status.IM7..0 as an 8-bit number.
  public var interruptMask: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 8) }

  /// Whether a processor in this state takes an interrupt before its next instruction.
  ///
  /// It does when Status.IE is set, Status.EXL and Status.ERL are clear, and at least one of the
  /// pending interrupts of `cause` is let through by its mask bit.
  public func wouldTakeInterrupt(cause: CP0Cause) -> Bool {
    isDisjoint(with: [.exceptionLevel, .errorLevel]) && contains(.interruptEnable)
      && interruptMask & cause.pendingInterrupts != 0
  }
}
