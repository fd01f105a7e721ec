// What a search asks of a timer: to be looked at without being touched, and to be moved in time.

extension CountCompareRules {
  /// Compare.
  public var compare: UInt32 { state.compare }

  /// Cause.
  public var cause: CP0Cause { state.cause }

  /// Moves the timer in time and in counts.
  ///
  /// Without meaning, and cleared, are the static Count while Count runs, COUNT_RESUME while COUNT_CTL.DC is
  /// clear, and the expiry while the host timer is not armed: who went by that would find it due.
  public mutating func shift(by nanoseconds: UInt64, counts: UInt32) {
    state.bias &+= state.frequency.ticks(at: Instant(nanoseconds: nanoseconds)) &+ counts
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
