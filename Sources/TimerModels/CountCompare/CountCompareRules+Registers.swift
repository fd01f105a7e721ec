// The registers that a guest sees: Count, CC, Compare and Cause.

extension CountCompareRules {
  /// Count as it runs, or where it stopped.
  public mutating func readCount(at now: Instant) -> UInt32 {
    isCounting ? readRunningCount(at: now) : state.staticCount
  }

  /// Count by another name (CC-1).
  public mutating func readCycleCounter(at now: Instant) -> UInt32 {
    readCount(at: now)
  }

  /// Reads Cause, in which TI is set if Count has reached Compare by now, host timer or not.
  public mutating func readCause(at now: Instant) -> CP0Cause {
    settle(at: now)
    return state.cause
  }

  /// Cause.TI does not change, except that a match up to now is delivered first.
  ///
  /// Count equal to Compare is not a match.
  public mutating func guestWriteCount(at now: Instant, _ count: UInt32) {
    settle(at: now)
    setCount(at: now, count)
  }

  /// The host writes Count: as the guest does (CC-4).
  public mutating func hostWriteCount(at now: Instant, _ count: UInt32) {
    guestWriteCount(at: now, count)
  }

  /// The order is that of upstream commit b45bacd2d048: the match with the old Compare first,
  /// then the acknowledgement, then the new Compare.
  ///
  /// Acknowledging first would leave an old match pending under the new Compare.
  public mutating func guestWriteCompare(at now: Instant, _ compare: UInt32) {
    guard compare != state.compare else {
      // Nothing to arm anew: the next match with the same Compare is known already.
      settle(at: now)
      acknowledgeTimerInterrupt()
      return
    }
    let count = isCounting ? freeze(at: now) : 0
    acknowledgeTimerInterrupt()
    state.compare = compare
    if isCounting { resume(at: now, count: count) }
  }

  /// The value that is there already changes nothing at all.
  public mutating func hostWriteCompare(at now: Instant, _ compare: UInt32) {
    guard compare != state.compare else { return }
    let count = isCounting ? freeze(at: now) : 0
    state.compare = compare
    if isCounting { resume(at: now, count: count) }
  }

  /// The guest writes Cause: DC, IV, IP1 and IP0 change, the rest of `cause` is ignored (CC-9).
  public mutating func guestWriteCause(at now: Instant, _ cause: CP0Cause) {
    writeCause(at: now, cause, changing: .guestWritable)
  }

  /// The host writes all of Cause (CC-10).
  ///
  /// IP7 is not a separate bit here: it follows TI.
  public mutating func hostWriteCause(at now: Instant, _ cause: CP0Cause) {
    writeCause(at: now, cause.followingTimer, changing: CP0Cause(rawValue: .max))
  }

  /// Replaces the bits `mask` of Cause, and stops or starts Count as DC says.
  ///
  /// Count stops before the bits change and starts after it (CC-10). So a match before the
  /// write cannot overwrite a TI that is being restored, and one after it cannot get lost.
  private mutating func writeCause(at now: Instant, _ cause: CP0Cause, changing mask: CP0Cause) {
    let wasCounting = isCounting
    let wasDisabled = state.cause.contains(.disableCount)
    let count = readCount(at: now)
    state.cause = state.cause.subtracting(mask).union(cause.intersection(mask))
    if wasCounting && !isCounting {
      // Rule 7: what was due up to now has been delivered, and nothing is from here on.
      state.isArmed = false
      state.staticCount = count
    } else if wasDisabled && !state.cause.contains(.disableCount) {
      // Rule 8: while COUNT_CTL.DC is set, this only ties the bias to COUNT_RESUME.
      setCount(at: now, count)
    }
  }
}
