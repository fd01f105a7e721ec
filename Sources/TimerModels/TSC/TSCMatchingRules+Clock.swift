extension TSCMatchingRules {
  /// All vCPUs match, and the host keeps time by its TSC (TSC-8).
  ///
  /// Matched TSCs were not always asked for: upstream commit b48aa97e3820.
  public var canUseMasterClock: Bool { areAllMatched && state.host.isClockSource }

  /// Whether a write asks for the master clock to be computed anew (TSC-7); see
  /// ``TSCRuleSet/UpdateRequest``.
  public func requestsUpdate(isNewGeneration: Bool) -> Bool {
    switch state.rules.updateRequest {
    case .onToggle: state.usesMasterClock ? !areAllMatched : canUseMasterClock
    case .whileUsable: state.usesMasterClock || canUseMasterClock
    case .onToggleOrGeneration:
      state.usesMasterClock != canUseMasterClock || state.usesMasterClock && isNewGeneration
    }
  }

  /// A thread of the host takes the vCPU up: to enter the guest, or for any request to it.
  ///
  /// What a suspended host's TSC lost is made up. On an unstable host the vCPU's TSC continues from
  /// where it stood, as if no time had passed; the next entry catches it up.
  public mutating func load(at now: TSCHostTime, vcpu: Int) {
    var loaded = state.vcpus[vcpu]
    if loaded.pendingAdjustment != 0 {
      loaded.offset &+= state.host.scale(loaded.pendingAdjustment, by: loaded.ratio)
      loaded.pendingAdjustment = 0
    }
    if !state.host.isStable {
      loaded.offset = offset(at: now, vcpu: vcpu, giving: loaded.lastGuestTSC)
      loaded.catchesUp = true
      if !state.usesMasterClock { loaded.owesClock = true }
    }
    state.vcpus[vcpu] = loaded
  }

  /// Computes the master clock anew; KVM's `pvclock_update_vm_gtod_copy`.
  ///
  /// Both of its readings are taken now, and so after the generation's start: no vCPU's clock
  /// ever has to be computed for a time before its TSC was written.
  public mutating func updateMasterClock(at now: TSCHostTime) {
    state.usesMasterClock =
      canUseMasterClock && !state.hasSeenBackwardsTSC && !state.usesOldClock
    state.masterTime = now
    for vcpu in 0..<state.vcpus.count { state.vcpus[vcpu].owesClock = true }
  }

  /// Computes a vCPU's clock anew, and catches its TSC up where that is due.
  ///
  /// The time is the master clock's, where it is in use. A TSC only ever moves forward.
  ///
  /// - Returns: By how many cycles the TSC moved.
  public mutating func updateGuestTime(at now: TSCHostTime, vcpu: Int) -> UInt64 {
    let time = state.usesMasterClock ? state.masterTime : now
    let reached = guestTSC(at: time, vcpu: vcpu)
    let due = state.vcpus[vcpu].catchesUp ? dueTSC(at: time, vcpu: vcpu) : reached
    let cycles = due > reached ? due - reached : 0
    state.vcpus[vcpu].offset &+= cycles
    state.vcpus[vcpu].lastGuestTSC = reached + cycles
    return cycles
  }

  /// What a vCPU's TSC should be: its generation's first value, and the cycles since.
  ///
  /// KVM's `compute_guest_tsc`. A time before that write gives, as there, a senseless number.
  public func dueTSC(at now: TSCHostTime, vcpu: Int) -> UInt64 {
    let target = state.vcpus[vcpu]
    let nanoseconds = now.instant.nanoseconds &- target.instant.nanoseconds
    return target.write &+ target.frequency.cycles(in: nanoseconds)
  }

  /// Enters the guest: KVM_RUN, up to the guest's first instruction.
  public mutating func enterGuest(at now: TSCHostTime, vcpu: Int) -> TSCDecision {
    let previousOffset = state.vcpus[vcpu].offset
    load(at: now, vcpu: vcpu)
    let cycles = settleDebts(at: now, vcpu: vcpu)
    return decision(at: now, vcpu: vcpu, .entered(caughtUp: cycles), from: previousOffset)
  }

  /// Computes what an entry owes, the master clock first: KVM's requests.
  ///
  /// - Returns: By how many cycles the TSC moved.
  private mutating func settleDebts(at now: TSCHostTime, vcpu: Int) -> UInt64 {
    if state.vcpus[vcpu].owesMasterClock {
      state.vcpus[vcpu].owesMasterClock = false
      updateMasterClock(at: now)
    }
    guard state.vcpus[vcpu].owesClock else { return 0 }
    state.vcpus[vcpu].owesClock = false
    return updateGuestTime(at: now, vcpu: vcpu)
  }

  /// The guest continues after an instruction that KVM has carried out for it: an entry, too.
  mutating func resumeGuest(at now: TSCHostTime, vcpu: Int) {
    if state.vcpus[vcpu].alwaysCatchesUp { state.vcpus[vcpu].owesClock = true }
    _ = settleDebts(at: now, vcpu: vcpu)
  }

  /// The guest exits to the host.
  public mutating func exitGuest(at now: TSCHostTime, vcpu: Int) -> TSCDecision {
    let tsc = guestTSC(at: now, vcpu: vcpu)
    state.vcpus[vcpu].lastGuestTSC = tsc
    if state.vcpus[vcpu].alwaysCatchesUp { state.vcpus[vcpu].owesClock = true }
    return decision(at: now, vcpu: vcpu, .exited, from: state.vcpus[vcpu].offset)
  }

  /// The guest informs KVM where its kvmclock is, by the old or the new MSR.
  ///
  /// An old one on vCPU 0 rules the master clock out for the VM.
  public mutating func registerClock(
    at now: TSCHostTime, vcpu: Int, isOld: Bool
  ) -> TSCDecision {
    var requests = false
    if vcpu == 0 {
      requests = state.usesOldClock != isOld
      state.usesOldClock = isOld
      if requests { state.vcpus[vcpu].owesMasterClock = true }
    }
    state.vcpus[vcpu].owesClock = true
    return decision(
      at: now, vcpu: vcpu, .clockRegistered, from: state.vcpus[vcpu].offset,
      requestsUpdate: requests)
  }

  /// The host was suspended, and its TSC came back lower than a vCPU had seen it.
  ///
  /// The vCPUs' offsets make the loss up. Matching starts anew: the last write is forgotten, and
  /// the master clock is out of use for good.
  ///
  /// - Parameter loss: By how many cycles it is lower.
  public mutating func resumeHost(losing loss: UInt64) {
    state.hasSeenBackwardsTSC = true
    for vcpu in 0..<state.vcpus.count {
      state.vcpus[vcpu].pendingAdjustment &+= loss
      state.vcpus[vcpu].owesMasterClock = true
    }
    state.lastInstant = .origin
    state.lastWrite = 0
  }

  /// The host's kernel finds its TSC unstable, or another clock to keep time by.
  ///
  /// Where that is no longer the TSC, all master clocks are computed anew.
  public mutating func changeHostClock(isStable: Bool, isClockSource: Bool) {
    state.host.isStable = isStable && state.host.isStable
    state.host.isClockSource = isClockSource
    guard !isClockSource else { return }
    for vcpu in 0..<state.vcpus.count { state.vcpus[vcpu].owesMasterClock = true }
  }
}
