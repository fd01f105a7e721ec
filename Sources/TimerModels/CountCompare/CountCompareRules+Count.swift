// Count from time, and the two operations that everything else is made of: freeze and resume.

extension CountCompareRules {
  /// Neither COUNT_CTL.DC nor Cause.DC is set.
  public var isCounting: Bool {
    !state.isMasterDisabled && !state.cause.contains(.disableCount)
  }

  /// The ticks since the origin of time plus the bias.
  public func runningCount(at now: Instant) -> UInt32 {
    state.bias &+ state.frequency.ticks(at: now)
  }

  /// The signed distance from Compare says which match is nearest: the one that Count passed up
  /// to half a wrap ago, or the one that it meets within half a wrap. The expiry says which one
  /// comes next in delivery, and need only be right to a quarter of a wrap:
  ///
  /// - *Passed.* Not delivered, `expires` is at most one tick after `now`. Delivered, it was put
  ///   one wrap on, and is more than half a wrap away. This is the test of upstream commit
  ///   4355c44f063d; `now >= expires` loses a match between Count's step and a late expiry.
  /// - *Not yet met.* Nothing is due, however early the expiry, unless the host slept for more
  ///   than half a wrap and the match before this one is due: `expires` is then at least half a
  ///   wrap in the past.
  ///
  /// Each delivery moves the expiry by a wrap that was rounded down, so it comes to lie up to
  /// 1 ns a wrap earlier. An early wake-up puts that right, and 2^30 wraps without any would be
  /// needed to use up the quarter.
  public func isMatchDue(at now: Instant, count: UInt32) -> Bool {
    let now = UInt128(now.nanoseconds)
    let quarter = UInt128(state.frequency.wrapNanoseconds / 4)
    let isPassed = Int32(bitPattern: count &- state.compare) >= 0
    return isPassed ? state.expires < now + quarter : state.expires + quarter < now
  }

  /// Reads Count while it is running, and delivers the interrupt that this could show missing.
  ///
  /// KVM's `kvm_mips_read_count_running` (CC-2).
  ///
  /// *Guarantee:* no match up to the value returned is outstanding.
  public mutating func readRunningCount(at now: Instant) -> UInt32 {
    let count = runningCount(at: now)
    guard isMatchDue(at: now, count: count) else { return count }
    raiseTimerInterrupt()
    // A frozen timer keeps its expiry: the host that froze it computes the next one.
    guard state.isArmed else { return count }
    // From the old expiry and not from now, so that the alarm keeps its phase.
    state.expires += UInt128(state.frequency.wrapNanoseconds)
    // A host that slept through whole wraps: all those matches were one interrupt.
    if isMatchDue(at: now, count: count) { resume(at: now, count: count) }
    return count
  }

  /// Disarms the host timer and delivers what is due, so that parameters can be changed.
  ///
  /// KVM's `kvm_mips_freeze_hrtimer`.
  ///
  /// *Guarantee:* matches up to the Count returned have been delivered, and none after it.
  /// Equality thus belongs to freezing, and ``resume(at:count:)`` owes only what is beyond.
  ///
  /// *Assumes:* Count is running.
  ///
  /// - Returns: Count at `now`.
  public mutating func freeze(at now: Instant) -> UInt32 {
    state.isArmed = false
    return readRunningCount(at: now)
  }

  /// KVM's `kvm_mips_resume_hrtimer`: Compare equal to `count` is a whole wrap away.
  public mutating func resume(at now: Instant, count: UInt32) {
    // 1 to 2^32 ticks: the subtraction of 1 before the truncation turns 0 into a wrap.
    let distance = UInt64(state.compare &- count &- 1) + 1
    let delay = state.frequency.nanoseconds(forTicks: distance)
    state.expires = UInt128(now.nanoseconds) + UInt128(delay)
    state.isArmed = true
  }

  /// Delivers what is due, if Count is running at all.
  ///
  /// Registers that are about to be read or replaced come after every match up to now.
  mutating func settle(at now: Instant) {
    if isCounting { _ = readRunningCount(at: now) }
  }

  /// The instant at which a register access takes place: COUNT_RESUME while COUNT_CTL.DC is set
  /// (CC-3).
  func effectiveTime(at now: Instant) -> Instant {
    state.isMasterDisabled ? state.resumeTime : now
  }

  /// Makes Count `count` at the effective time, and the next match one after it (CC-4).
  ///
  /// Forgets whatever match was due: who does not want that settles first.
  mutating func setCount(at now: Instant, _ count: UInt32) {
    state.bias = count &- state.frequency.ticks(at: effectiveTime(at: now))
    if isCounting {
      resume(at: now, count: count)
    } else {
      state.staticCount = count
    }
  }
}
