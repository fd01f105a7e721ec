internal import TimerModels

// What else a host does, from the rules alone: offsets, unstable clocks, and a suspension.

extension TSCIdeal {
  /// A vCPU's offset is written (TSC-9); returns whether it matched, and what the TSC shows then.
  mutating func writeOffset(
    _ offset: Int64, to vcpu: Int, at now: Int64
  ) -> (isMatched: Bool, shown: Int64) {
    // On a stable host what the last write gave is what its generation shares.
    let isMatched = last != nil && !hasOtherFrequency(vcpu) && offset == sharedOffset
    let shown = rate(of: vcpu) * now + offset
    if isMatched {
      matched |= 1 << vcpu
    } else {
      (matched, sharedOffset) = (1 << vcpu, offset)
      start = Reference(value: shown, time: now)
    }
    last = Reference(value: shown, time: now)
    isUserSet = true
    finishWrite(to: vcpu, offset: offset, isMatched: isMatched)
    return (isMatched, shown)
  }

  /// An entry on an unstable host: the TSC continues from where it stood, up to what its generation's first
  /// value has become, and never back.
  ///
  /// - Returns: What it shows.
  mutating func catchUp(_ vcpu: Int, at now: Int64) -> Int64 {
    let start = vcpus[vcpu].start
    let shown = max(vcpus[vcpu].stood, start.value + rate(of: vcpu) * (now - start.time))
    vcpus[vcpu].stood = shown
    vcpus[vcpu].offset = shown - rate(of: vcpu) * now
    return shown
  }

  /// The host is suspended (TSC-13): the last write is forgotten, and no vCPU's TSC goes back.
  ///
  /// What a generation shares is an offset to the host's TSC as it is.
  mutating func suspend(losing loss: Int64) {
    lost += loss
    sharedOffset -= loss
    last = Reference(value: 0, time: 0)
    askAll()
  }

  /// The host keeps time by another clock.
  mutating func loseClock() {
    isClockSource = false
    askAll()
  }

  private mutating func askAll() {
    for vcpu in 0..<count { vcpus[vcpu].owesMasterClock = true }
  }

  /// A guest registers a kvmclock (TSC-8); returns whether that asks for an update of the master clock.
  mutating func registerClock(ofOldKind isOld: Bool, on vcpu: Int) -> Bool {
    vcpus[vcpu].owesClock = true
    guard vcpu == 0, usesOldClock != isOld else { return false }
    usesOldClock = isOld
    vcpus[vcpu].owesMasterClock = true
    return true
  }
}
