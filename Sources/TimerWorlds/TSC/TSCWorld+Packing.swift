public import Exploration
internal import TimerModels

// A state in few bits: of the room for 16 vCPUs a world uses up to four.

extension TSCWorld {
  /// Whether the tracker holds nothing beside its state.
  public static var isPacked: Bool {
    MemoryLayout<Tracker>.size == MemoryLayout<TSCMatchingState>.size
  }

  /// Names everything but the host's TSC, the rules and the frequency of new vCPUs, which nothing changes.
  public mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    coder.code(&nanoseconds, expecting: 1_000_000_000_000, bits: 42)
    ideal.code(by: &coder, at: nanoseconds)
    var state = tracker.state
    state.code(by: &coder, at: nanoseconds, expecting: ideal)
    if coder.isUnpacking {
      state.host.isClockSource = ideal.isClockSource
      tracker.state = state
    }
  }
}

extension TSCIdeal {
  /// Names everything but the constants of the setting.
  fileprivate mutating func code<Coder: StateCoder>(by coder: inout Coder, at now: UInt64) {
    coder.code(&count, bits: 3)
    coder.code(&matched, bits: 4)
    coder.code(&last, from: Reference(value: 0, time: 0)) { last, coder in
      last.code(by: &coder, at: now)
    }
    codeHost(by: &coder)
    coder.code(&isUserSet)
    coder.code(&sharedOffset, bits: 43)
    start.code(by: &coder, at: now)
    coder.code(&usesMasterClock)
    coder.code(&masterTime, bits: 43)
    for vcpu in 0..<count {
      // Those of one generation share an offset.
      var offset = UInt64(bitPattern: vcpus[vcpu].offset)
      coder.code(&offset, expecting: UInt64(bitPattern: sharedOffset), bits: 43)
      vcpus[vcpu].offset = Int64(bitPattern: offset)
      coder.code(&vcpus[vcpu].adjust, bits: 43)
      coder.code(&vcpus[vcpu].owesMasterClock)
      coder.code(&vcpus[vcpu].owesClock)
      guard !isStable else { continue }
      vcpus[vcpu].start.code(by: &coder, expecting: start)
      coder.code(&vcpus[vcpu].stood, bits: 43)
    }
    if coder.isUnpacking { for vcpu in count..<4 { vcpus[vcpu] = VCPU() } }
  }

  /// Names what few settings change: the frequencies, and the host's clock.
  private mutating func codeHost<Coder: StateCoder>(by coder: inout Coder) {
    var isUsual =
      lastKilohertz == Self.hostKilohertz && isClockSource == isStable && lost == 0
      && !usesOldClock && (0..<count).allSatisfy { vcpus[$0].kilohertz == Self.hostKilohertz }
    coder.code(&isUsual)
    if isUsual, coder.isUnpacking {
      (lastKilohertz, isClockSource) = (Self.hostKilohertz, isStable)
      (lost, usesOldClock) = (0, false)
      for vcpu in 0..<count { vcpus[vcpu].kilohertz = Self.hostKilohertz }
    }
    guard !isUsual else { return }
    coder.code(&lastKilohertz, expecting: Self.hostKilohertz, bits: 33)
    coder.code(&isClockSource)
    coder.code(&lost, bits: 43)
    coder.code(&usesOldClock)
    for vcpu in 0..<count {
      coder.code(&vcpus[vcpu].kilohertz, expecting: Self.hostKilohertz, bits: 33)
    }
  }
}

extension TSCIdeal.Reference {
  fileprivate mutating func code<Coder: StateCoder>(by coder: inout Coder, at now: UInt64) {
    coder.code(&value, bits: 43)
    var word = UInt64(bitPattern: time)
    coder.code(&word, expecting: now, bits: 42)
    time = Int64(bitPattern: word)
  }

  fileprivate mutating func code<Coder: StateCoder>(by coder: inout Coder, expecting other: Self) {
    var words = (UInt64(bitPattern: value), UInt64(bitPattern: time))
    coder.code(&words.0, expecting: UInt64(bitPattern: other.value), bits: 43)
    coder.code(&words.1, expecting: UInt64(bitPattern: other.time), bits: 42)
    (value, time) = (Int64(bitPattern: words.0), Int64(bitPattern: words.1))
  }
}

extension TSCMatchingState {
  fileprivate mutating func code<Coder: StateCoder>(
    by coder: inout Coder, at now: UInt64, expecting ideal: TSCIdeal
  ) {
    let (last, start) = (ideal.last ?? ideal.start, ideal.start)
    let shared = UInt64(bitPattern: ideal.sharedOffset)
    coder.code(&lastInstant.nanoseconds, expecting: UInt64(bitPattern: last.time), bits: 42)
    coder.code(&lastWrite, expecting: UInt64(bitPattern: last.value), bits: 43)
    coder.code(&lastKilohertz, expecting: host.frequency.kilohertz, bits: 33)
    coder.code(&lastOffset, expecting: shared, bits: 43)
    coder.code(&generation, bits: 10)
    coder.code(&generationInstant.nanoseconds, expecting: UInt64(bitPattern: start.time), bits: 42)
    coder.code(&generationWrite, expecting: UInt64(bitPattern: start.value), bits: 43)
    coder.code(&generationOffset, expecting: shared, bits: 43)
    coder.code(&matchedCount, bits: 6)
    coder.code(&isUserSet)
    coder.code(&usesMasterClock)
    coder.code(&masterTime.instant.nanoseconds, expecting: 0, bits: 42)
    coder.code(&masterTime.tsc, expecting: masterTime.instant.nanoseconds, bits: 42)
    coder.code(&hasSeenBackwardsTSC)
    coder.code(&usesOldClock)
    var count = UInt64(vcpus.count)
    coder.code(&count, bits: 4)
    if coder.isUnpacking {
      vcpus.resize(to: Int(count), filling: TSCVCPU(frequency: host.frequency, ratio: 1))
    }
    for index in 0..<vcpus.count {
      var vcpu = vcpus[index]
      let offset = UInt64(bitPattern: index < 4 ? ideal.vcpus[index].offset : 0)
      vcpu.code(by: &coder, in: self, expecting: offset)
      if coder.isUnpacking { vcpus[index] = vcpu }
    }
  }
}

extension TSCVCPU {
  fileprivate mutating func code<Coder: StateCoder>(
    by coder: inout Coder, in state: borrowing TSCMatchingState, expecting offset: UInt64
  ) {
    var kilohertz = frequency.kilohertz
    coder.code(&kilohertz, expecting: state.host.frequency.kilohertz, bits: 33)
    if coder.isUnpacking, kilohertz != frequency.kilohertz {
      // It is one that a vCPU had.
      do { frequency = try TSCFrequency(kilohertz: kilohertz) } catch {
        preconditionFailure("\(error)")
      }
    }
    coder.code(&ratio, expecting: 1, bits: 33)
    coder.code(&self.offset, expecting: offset, bits: 43)
    coder.code(&adjust, expecting: 0, bits: 43)
    coder.code(&generation, expecting: state.generation, bits: 9)
    coder.code(&write, expecting: state.generationWrite, bits: 43)
    coder.code(&instant.nanoseconds, expecting: state.generationInstant.nanoseconds, bits: 42)
    coder.code(&lastGuestTSC, expecting: write, bits: 43)
    coder.code(&catchesUp)
    coder.code(&alwaysCatchesUp)
    coder.code(&owesMasterClock)
    coder.code(&owesClock)
    coder.code(&pendingAdjustment, expecting: 0, bits: 43)
  }
}

extension StateCoder {
  /// A number that is mostly near 0.
  @inline(__always)
  fileprivate mutating func code<Integer: FixedWidthInteger & SignedInteger>(
    _ value: inout Integer, bits: Int
  ) {
    var word = UInt64(bitPattern: Int64(value))
    code(&word, expecting: 0, bits: bits)
    if isUnpacking { value = Integer(truncatingIfNeeded: word) }
  }
}
