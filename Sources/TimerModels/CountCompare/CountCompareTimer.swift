/// The registers of a MIPS CP0 Count/Compare timer, and the host timer behind them.
///
/// A plain value: saving it saves the timer.
public struct CountCompareState: Hashable, Sendable {
  /// How fast Count runs; KVM's `count_hz` and `count_period`.
  public var frequency: CountFrequency
  /// What is added to the ticks since the origin of time to give Count, modulo 2^32.
  public var bias: UInt32 = 0
  /// Count while it is stopped; without meaning while it runs.
  public var staticCount: UInt32 = 0
  /// Compare.
  public var compare: UInt32 = 0
  /// Cause.
  public var cause: CP0Cause = []
  /// COUNT_CTL.DC: the host has stopped Count, whatever the guest says in Cause.DC.
  public var isMasterDisabled = false
  /// COUNT_RESUME: the instant at which accesses appear to happen while COUNT_CTL.DC is set.
  public var resumeTime = Instant.origin
  /// Whether the host should call back at ``expires``.
  public var isArmed = false
  /// When the next match that has not been delivered is expected, in nanoseconds.
  ///
  /// Less than 1 ns before the match to less than one tick after it. Kept apart from
  /// ``isArmed``, since freezing disarms first and then needs to know what was due. 128 bits
  /// wide, since near the end of time the next match may lie past the last ``Instant``; so no
  /// sum here ever saturates and pretends to be due.
  public var expires: UInt128 = 0

  /// Creates a state with all registers zero and nothing armed.
  public init(frequency: CountFrequency) {
    self.frequency = frequency
  }
}

/// A MIPS CP0 Count/Compare timer, by the rules of KVM.
///
/// Count advances with time; when it reaches Compare, Cause.TI is set and stays set until the
/// guest writes Compare. There are two ways to stop it: the guest's Cause.DC, after which Count
/// continues from where it stood, and the host's COUNT_CTL.DC, after which it continues as if it had
/// never stopped.
///
/// Unlike the Arm timer's, its reads are not pure: a host timer is never exact, so a reader that could
/// see Count at or past Compare must find the interrupt pending, and the read sees to that.
///
/// The behaviour is that of ``CountCompareRules``, unchanged. Historic variants adopt the same
/// rules and replace one.
public struct CountCompareTimer: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }
}
