extension TSCMatchingRules {
  /// The guest writes IA32_TSC (TSC-10).
  ///
  /// IA32_TSC_ADJUST moves by what the offset does, as on a processor. No generation is
  /// concerned: KVM continues to take the vCPU for matched.
  public mutating func guestWriteTSC(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64
  ) -> TSCDecision {
    let previousOffset = state.vcpus[vcpu].offset
    let offset = offset(at: now, vcpu: vcpu, giving: value)
    state.vcpus[vcpu].adjust &+= offset &- previousOffset
    state.vcpus[vcpu].offset = offset
    resumeGuest(at: now, vcpu: vcpu)
    return decision(at: now, vcpu: vcpu, .guestWrite, from: previousOffset)
  }

  /// The guest writes IA32_TSC_ADJUST: its TSC moves by the difference (TSC-11).
  ///
  /// The guest's clock is computed anew, which a guest's write of IA32_TSC does not ask for. So a TSC
  /// that is caught up and was moved back is at once where it was.
  public mutating func guestWriteAdjust(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64
  ) -> TSCDecision {
    let previousOffset = state.vcpus[vcpu].offset
    state.vcpus[vcpu].offset &+= value &- state.vcpus[vcpu].adjust
    state.vcpus[vcpu].adjust = value
    state.vcpus[vcpu].owesClock = true
    resumeGuest(at: now, vcpu: vcpu)
    return decision(at: now, vcpu: vcpu, .guestAdjust, from: previousOffset)
  }

  /// The host writes IA32_TSC_ADJUST, which is stored and moves nothing.
  public mutating func hostWriteAdjust(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64
  ) -> TSCDecision {
    let previousOffset = state.vcpus[vcpu].offset
    load(at: now, vcpu: vcpu)
    state.vcpus[vcpu].adjust = value
    return decision(at: now, vcpu: vcpu, .hostAdjust, from: previousOffset)
  }

  /// Sets one vCPU's frequency: KVM_SET_TSC_KHZ.
  ///
  /// Nothing is synchronised anew.
  ///
  /// - Parameters:
  ///   - now: The host's clocks.
  ///   - vcpu: The vCPU.
  ///   - kilohertz: The frequency; 0 is the host's.
  /// - Returns: The decision, which concerns no generation.
  /// - Throws: ``TSCMatchingError`` where the host has no such frequency. If that is because it
  ///   cannot scale, the vCPU's nominal frequency has changed all the same, as in KVM.
  public mutating func setFrequency(
    at now: TSCHostTime, vcpu: Int, kilohertz: UInt32
  ) throws(TSCMatchingError) -> TSCDecision {
    let previousOffset = state.vcpus[vcpu].offset
    load(at: now, vcpu: vcpu)
    let frequency =
      kilohertz == 0 ? state.host.frequency : try TSCFrequency(kilohertz: kilohertz)
    try applyFrequency(vcpu: vcpu, frequency)
    return decision(at: now, vcpu: vcpu, .frequencyChanged, from: previousOffset)
  }

  /// Sets the frequency with which vCPUs are created: KVM_SET_TSC_KHZ of the VM.
  ///
  /// - Throws: ``TSCMatchingError`` where the host has no such frequency.
  public mutating func setDefaultFrequency(kilohertz: UInt32) throws(TSCMatchingError) {
    let frequency =
      kilohertz == 0 ? state.host.frequency : try TSCFrequency(kilohertz: kilohertz)
    _ = try ratio(for: frequency)
    state.defaultFrequency = frequency
  }

  /// Sets a vCPU's frequency, and scales or catches up where that differs from the host's.
  mutating func applyFrequency(
    vcpu: Int, _ frequency: TSCFrequency
  ) throws(TSCMatchingError) {
    let ratio: UInt64?
    do {
      ratio = try self.ratio(for: frequency)
    } catch {
      if case .scalingUnsupported = error { state.vcpus[vcpu].frequency = frequency }
      throw error
    }
    state.vcpus[vcpu].frequency = frequency
    if let ratio {
      state.vcpus[vcpu].ratio = ratio
    } else {
      state.vcpus[vcpu].catchesUp = true
      state.vcpus[vcpu].alwaysCatchesUp = true
    }
  }

  /// The ratio for a frequency, or nil where the TSC is to be moved forward at every entry.
  private func ratio(for frequency: TSCFrequency) throws(TSCMatchingError) -> UInt64? {
    let host = state.host
    if host.tolerates(frequency) { return host.scaling?.unity ?? 1 }
    guard let scaling = host.scaling else {
      if frequency.kilohertz > host.frequency.kilohertz { return nil }
      throw .scalingUnsupported(
        kilohertz: frequency.kilohertz, host: host.frequency.kilohertz)
    }
    guard
      let ratio = scaling.ratio(
        guest: frequency.kilohertz, host: host.frequency.kilohertz)
    else {
      throw .ratioOutOfRange(
        kilohertz: frequency.kilohertz, host: host.frequency.kilohertz)
    }
    return ratio
  }
}
