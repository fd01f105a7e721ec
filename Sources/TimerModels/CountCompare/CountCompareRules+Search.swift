// What a search asks of a timer: to be looked at without being touched, and to be moved in time.

extension CountCompareRules {
  /// Compare.
  public var compare: UInt32 { state.compare }

  /// Cause.
  public var cause: CP0Cause { state.cause }

  /// A timer that holds nothing beside its state.
  public static var isPackable: Bool {
    MemoryLayout<Self>.size == MemoryLayout<CountCompareState>.size
  }

  /// The state's parts, in their order.
  public var packed: [9 of UInt64] {
    get {
      [
        state.frequency.hertz, UInt64(state.bias), UInt64(state.staticCount), UInt64(state.compare),
        UInt64(state.cause.rawValue), (state.isMasterDisabled ? 2 : 0) | (state.isArmed ? 1 : 0),
        state.resumeTime.nanoseconds, UInt64(truncatingIfNeeded: state.expires),
        UInt64(truncatingIfNeeded: state.expires >> 64),
      ]
    }
    set {
      if newValue[0] != state.frequency.hertz {
        // It is one that a timer had.
        do { state.frequency = try CountFrequency(hertz: newValue[0]) } catch {
          preconditionFailure("\(error)")
        }
      }
      state.bias = UInt32(truncatingIfNeeded: newValue[1])
      state.staticCount = UInt32(truncatingIfNeeded: newValue[2])
      state.compare = UInt32(truncatingIfNeeded: newValue[3])
      state.cause = CP0Cause(rawValue: UInt32(truncatingIfNeeded: newValue[4]))
      state.isMasterDisabled = newValue[5] & 2 != 0
      state.isArmed = newValue[5] & 1 != 0
      state.resumeTime = Instant(nanoseconds: newValue[6])
      state.expires = UInt128(newValue[8]) << 64 | UInt128(newValue[7])
    }
  }

  /// Moves the timer in time and in counts.
  ///
  /// Without meaning, and cleared, are the static Count while Count runs, COUNT_RESUME while COUNT_CTL.DC is
  /// clear, and the expiry while the host timer is not armed: who went by that would find it due.
  public mutating func shift(at now: Instant, by nanoseconds: UInt64, counts: UInt32) {
    // Mostly no time has passed, and the ticks are two divisions.
    let ticks = nanoseconds == 0 ? 0 : state.frequency.ticks(at: Instant(nanoseconds: nanoseconds))
    state.bias &+= ticks &+ counts
    state.compare &+= counts
    state.expires = state.isArmed ? state.expires - UInt128(nanoseconds) : 0
    state.staticCount = isCounting ? 0 : state.staticCount &+ counts
    state.resumeTime.nanoseconds =
      state.isMasterDisabled ? state.resumeTime.nanoseconds - nanoseconds : 0
  }

  /// Forgets Compare and Cause.
  public mutating func forgetRegisters() {
    state.compare = 0
    state.cause = []
  }
}
