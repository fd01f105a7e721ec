// What only the host can do: stop and resume Count behind the guest's back, and change its pace.

extension CountCompareRules {
  /// The host writes COUNT_CTL.DC.
  ///
  /// Setting it stops Count and keeps the instant in COUNT_RESUME (CC-12). Clearing it lets
  /// Count continue *as if it had never stopped* since COUNT_RESUME, with one interrupt for all the
  /// matches in between (CC-13). While Cause.DC is set, neither moves Count (CC-12, CC-14).
  public mutating func writeControl(at now: Instant, isDisabled: Bool) {
    guard isDisabled != state.isMasterDisabled else { return }
    if isDisabled {
      if isCounting { state.staticCount = freeze(at: now) }
      state.isMasterDisabled = true
      state.resumeTime = now
    } else {
      state.isMasterDisabled = false
      guard isCounting else { return }
      // Armed as of the stop, so that freezing now finds what has become due since.
      resume(at: state.resumeTime, count: state.staticCount)
      let count = freeze(at: now)
      resume(at: now, count: count)
    }
  }

  /// The host writes COUNT_RESUME, with a time that is not after `now` (CC-15).
  ///
  /// While COUNT_CTL.DC is set, Count has its static value at that time from here on: writing
  /// the present leaves the time since the stop out of Count. Otherwise it has no effect, since
  /// setting COUNT_CTL.DC overwrites it.
  public mutating func writeResume(at now: Instant, _ time: Instant) {
    precondition(time <= now, "COUNT_RESUME in the future")
    state.resumeTime = time
    if state.isMasterDisabled { setCount(at: now, state.staticCount) }
  }

  /// The host writes COUNT_HZ: Count continues from its value at another pace (CC-16).
  ///
  /// While Count is stopped by COUNT_CTL.DC, the change takes effect as of COUNT_RESUME.
  public mutating func writeFrequency(at now: Instant, _ frequency: CountFrequency) {
    guard frequency != state.frequency else { return }
    let count = isCounting ? freeze(at: now) : state.staticCount
    state.frequency = frequency
    setCount(at: now, count)
  }
}
