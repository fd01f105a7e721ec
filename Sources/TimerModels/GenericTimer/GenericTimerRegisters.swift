/// One of a CPU's two timers, each with its own count, control and compare register.
public enum GenericTimerChannel: Hashable, Sendable, CaseIterable {
  /// The virtual timer, CNTV: it compares with CNTVCT.
  case virtual
  /// The physical timer, CNTP: it compares with CNTPCT.
  case physical

  /// The private interrupt that the timer drives unless the platform says otherwise (GT-15).
  public var defaultInterrupt: Int {
    switch self {
    case .virtual: 27
    case .physical: 30
    }
  }
}

/// CNTV_CTL or CNTP_CTL.
public struct GenericTimerControl: OptionSet, Hashable, Sendable {
  /// The register's 32 bits.
  public var rawValue: UInt32

  /// Creates a register with the given bits.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// ENABLE, bit 0: the timer drives its output.
  public static let enable = GenericTimerControl(rawValue: 1 << 0)
  /// IMASK, bit 1: the output is held low, whatever the condition.
  public static let mask = GenericTimerControl(rawValue: 1 << 1)
  /// ISTATUS, bit 2: the condition is met.
  ///
  /// Computed when the register is read; never stored.
  public static let status = GenericTimerControl(rawValue: 1 << 2)

  /// The bits that a write can change; the others are RES0 or read-only (GT-3).
  public static let writable: GenericTimerControl = [.enable, .mask]

  /// ENABLE without IMASK: only time stands between the timer and its output (GT-5).
  public var canFire: Bool { contains(.enable) && !contains(.mask) }
}

/// What is stored for a CPU's generic timer, and so all that a checkpoint has to save.
///
/// Whether a timer has expired is not here, nor is anything that the host's timer could have
/// changed: upstream commit 1a74847885cc is about a checkpoint that held such a thing.
public struct GenericTimerRegisters: Hashable, Sendable {
  /// The two registers of one timer.
  public struct Channel: Hashable, Sendable {
    /// CNTV_CTL or CNTP_CTL without ISTATUS.
    public var control: GenericTimerControl = []
    /// CNTV_CVAL or CNTP_CVAL.
    public var compareValue: UInt64 = 0

    /// Creates a timer that is off, with its compare value 0.
    public init() {}
  }

  /// CNTFRQ.
  public var frequency: CounterFrequency
  /// CNTVOFF: what CNTVCT lags behind CNTPCT, modulo 2^64.
  ///
  /// One for a whole machine: give every CPU's timer the same.
  public var virtualOffset: UInt64 = 0
  /// The virtual timer's registers.
  public var virtual = Channel()
  /// The physical timer's registers.
  public var physical = Channel()

  /// Creates registers with both timers off and no offset.
  public init(frequency: CounterFrequency) {
    self.frequency = frequency
  }

  /// The registers of one timer.
  public subscript(channel: GenericTimerChannel) -> Channel {
    get {
      switch channel {
      case .virtual: virtual
      case .physical: physical
      }
    }
    set {
      switch channel {
      case .virtual: virtual = newValue
      case .physical: physical = newValue
      }
    }
  }

  /// What the channel's count lags behind the physical one.
  public func offset(of channel: GenericTimerChannel) -> UInt64 {
    channel == .virtual ? virtualOffset : 0
  }
}

/// The outputs of a CPU's timers that are high.
public struct GenericTimerOutputs: OptionSet, Hashable, Sendable {
  /// A bit for each timer.
  public var rawValue: UInt8

  /// Creates a set from its bits.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The virtual timer's output.
  public static let virtual = GenericTimerOutputs(rawValue: 1 << 0)
  /// The physical timer's output.
  public static let physical = GenericTimerOutputs(rawValue: 1 << 1)

  /// The output of one timer.
  public init(_ channel: GenericTimerChannel) {
    switch channel {
    case .virtual: self = .virtual
    case .physical: self = .physical
    }
  }

  /// The outputs as levels, bit n for private interrupt n.
  public var levels: UInt32 {
    GenericTimerChannel.allCases.reduce(0) { levels, channel in
      contains(GenericTimerOutputs(channel)) ? levels | 1 << channel.defaultInterrupt : levels
    }
  }
}
