extension TSCMatchingRules {
  /// Creates a vCPU, whose TSC KVM sets to 0; there must be room for it.
  ///
  /// It is counted before its TSC is written: `kvm_arch_vcpu_postcreate`.
  public mutating func createVCPU(at now: TSCHostTime) -> TSCDecision {
    let vcpu = state.vcpus.count
    let frequency = state.defaultFrequency
    state.vcpus.append(TSCVCPU(frequency: frequency, ratio: state.host.scaling?.unity ?? 1))
    // A default that cannot be had was refused when it was set.
    try? applyFrequency(vcpu: vcpu, frequency)
    state.vcpus[vcpu].owesClock = true
    load(at: now, vcpu: vcpu)
    return synchronize(at: now, vcpu: vcpu, 0, isByUser: false)
  }

  /// The host writes IA32_TSC: KVM_SET_MSRS (TSC-3).
  public mutating func hostWriteTSC(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64
  ) -> TSCDecision {
    load(at: now, vcpu: vcpu)
    return synchronize(at: now, vcpu: vcpu, value, isByUser: true)
  }

  /// The host writes a vCPU's offset: the device attribute KVM_VCPU_TSC_OFFSET.
  ///
  /// Exact, where a write of IA32_TSC is as late as it is executed. It matches if the last write
  /// to any vCPU gave the same offset at the same frequency, and counts as a write by user space
  /// (TSC-9).
  public mutating func hostWriteOffset(
    at now: TSCHostTime, vcpu: Int, _ offset: UInt64
  ) -> TSCDecision {
    load(at: now, vcpu: vcpu)
    let kilohertz = state.vcpus[vcpu].frequency.kilohertz
    let reason: TSCReason =
      if state.lastKilohertz == 0 {
        .firstWrite
      } else if state.lastKilohertz != kilohertz {
        .otherFrequency(lastKilohertz: state.lastKilohertz)
      } else if state.lastOffset != offset {
        .otherOffset(last: state.lastOffset)
      } else {
        .sameOffset
      }
    let value = scaledHostTSC(at: now, vcpu: vcpu) &+ offset
    return commit(at: now, vcpu: vcpu, value, offset: offset, reason, isByUser: true)
  }

  /// Sets a vCPU's TSC to about `value`; KVM's `kvm_synchronize_tsc` (TSC-5).
  ///
  /// On a stable host a matched vCPU gets the generation's offset, so that it differs from the
  /// others by nothing; on an unstable one offsets mean nothing, and it gets the value plus the
  /// time since the last write.
  private mutating func synchronize(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64, isByUser: Bool
  ) -> TSCDecision {
    let reason = judge(at: now, vcpu: vcpu, value, isByUser: isByUser)
    var value = value
    let offset: UInt64
    if reason.isMatched == true && state.host.isStable {
      offset = state.generationOffset
    } else {
      if reason.isMatched == true { value &+= compensation(at: now, vcpu: vcpu) }
      offset = self.offset(at: now, vcpu: vcpu, giving: value)
    }
    return commit(at: now, vcpu: vcpu, value, offset: offset, reason, isByUser: isByUser)
  }

  /// Whether a value joins the generation, and why (TSC-4, TSC-5).
  ///
  /// It must synchronise, and at the frequency of the last write. Which of the two fails first
  /// matters to the explanation only.
  private func judge(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64, isByUser: Bool
  ) -> TSCReason {
    if state.lastKilohertz == 0 { return .firstWrite }
    if state.lastKilohertz != state.vcpus[vcpu].frequency.kilohertz {
      return .otherFrequency(lastKilohertz: state.lastKilohertz)
    }
    if alwaysSynchronizes(value) { return isByUser ? .zeroWritten : .created }
    guard comparesWithExpected else { return .firstUserWrite }
    let expected = expectedValue(at: now, vcpu: vcpu)
    return isWithinSecond(at: now, vcpu: vcpu, value)
      ? .withinSecond(expected: expected) : .beyondSecond(expected: expected)
  }

  /// Makes a write effective; KVM's `__kvm_synchronize_tsc` (TSC-6).
  ///
  /// User space's first write is noted here, after it has been judged, and so is not itself
  /// compared with anything.
  private mutating func commit(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64, offset: UInt64, _ reason: TSCReason,
    isByUser: Bool
  ) -> TSCDecision {
    let previousOffset = state.vcpus[vcpu].offset
    let isMatched = reason.isMatched == true
    if isByUser { state.isUserSet = true }
    remember(at: now, vcpu: vcpu, value, offset: offset, isMatched: isMatched)
    state.vcpus[vcpu].lastGuestTSC = value
    state.vcpus[vcpu].offset = offset
    if !isMatched {
      state.generation = nextGeneration
      state.generationInstant = now.instant
      state.generationWrite = value
      state.generationOffset = offset
      state.matchedCount = 0
    } else {
      count(vcpu: vcpu)
    }
    state.vcpus[vcpu].generation = state.generation
    state.vcpus[vcpu].instant = state.generationInstant
    state.vcpus[vcpu].write = state.generationWrite
    let requests = requestsUpdate(isNewGeneration: !isMatched)
    if requests { state.vcpus[vcpu].owesMasterClock = true }
    return decision(
      at: now, vcpu: vcpu, reason, from: previousOffset, requestsUpdate: requests)
  }

  /// A value of 0, which a new vCPU has too, however long ago the others were created.
  ///
  /// Without it, plugging a vCPU in would cost a long-running guest its master clock.
  public func alwaysSynchronizes(_ value: UInt64) -> Bool {
    value == 0 && state.rules.synchronizesZero
  }

  /// From user space's second write on: what it has not written itself says nothing of its aims.
  ///
  /// Upstream commit bf328e22e472; before it, every value was compared.
  public var comparesWithExpected: Bool {
    state.isUserSet || !state.rules.sparesFirstUserWrite
  }

  /// What the last value recorded has become, at the vCPU's frequency, modulo 2^64.
  public func expectedValue(at now: TSCHostTime, vcpu: Int) -> UInt64 {
    state.lastWrite &+ state.vcpus[vcpu].frequency.cycles(in: elapsed(at: now))
  }

  /// Whether a value is less than a second away from what is expected, on either side.
  ///
  /// Both comparisons are strict, and wrap where KVM's do: near either end of the 64 bits one of
  /// them fails, and the value does not match.
  public func isWithinSecond(at now: TSCHostTime, vcpu: Int, _ value: UInt64) -> Bool {
    switch state.rules.window {
    case .cycles:
      let expected = expectedValue(at: now, vcpu: vcpu)
      let second = state.vcpus[vcpu].frequency.hertz
      return value < expected &+ second && value &+ second > expected
    case .microseconds:
      let cycles = Int64(bitPattern: value &- state.lastWrite)
      let kilohertz = Int64(state.vcpus[vcpu].frequency.kilohertz)
      let microseconds = Int64(bitPattern: elapsed(at: now) / 1000)
      let difference = (cycles &* 1000) / kilohertz &- microseconds
      return (difference < 0 ? 0 &- difference : difference) < 1_000_000
    }
  }

  /// The cycles since the last write: the value written was meant for that moment.
  public func compensation(at now: TSCHostTime, vcpu: Int) -> UInt64 {
    state.vcpus[vcpu].frequency.cycles(in: elapsed(at: now))
  }

  /// The value as written, or what it became, depending on the kernel.
  public func recordedValue(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64, offset: UInt64, isMatched: Bool
  ) -> UInt64 {
    guard state.rules.recordsEffectiveValue && isMatched else { return value }
    return scaledHostTSC(at: now, vcpu: vcpu) &+ offset
  }

  /// Remembers every write, matched or not: the window stays open from each to the next.
  ///
  /// Upstream commit 4dd7980b2140.
  public mutating func remember(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64, offset: UInt64, isMatched: Bool
  ) {
    state.lastWrite = recordedValue(
      at: now, vcpu: vcpu, value, offset: offset, isMatched: isMatched)
    state.lastInstant = now.instant
    state.lastKilohertz = state.vcpus[vcpu].frequency.kilohertz
    state.lastOffset = offset
  }

  /// The next of 2^64, so that none comes back that a vCPU still holds.
  public var nextGeneration: UInt64 { state.generation &+ 1 }

  /// Counts a vCPU once: unless it is in the set already (upstream commit 0d3da0d26e3c).
  public mutating func count(vcpu: Int) {
    if state.vcpus[vcpu].generation != state.generation { state.matchedCount &+= 1 }
  }
}
