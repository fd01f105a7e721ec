internal import TimerModels

/// What happens to the TSCs of a VM, from the rules alone: the measure of ``TSCWorld``.
///
/// A host whose TSC counts nanoseconds, so that a TSC is the time plus an offset. The matched set
/// is a set, and not a number that has to agree with one.
struct TSCIdeal: Hashable, Sendable {
  /// What is compared with what: the last value written, as it would be now.
  struct Reference: Hashable, Sendable {
    var value: Int64
    var time: Int64
  }

  /// Cycles of a vCPU a nanosecond, or more.
  var rate: Int64 = 1
  /// Whether vCPUs can share an offset.
  var isStable = true
  /// Whether the host keeps time by its TSC.
  var isClockSource = true
  /// Whether a matched write is remembered as it came out, rather than as it was written.
  var recordsEffective = false
  /// Whether a written 0 always matches.
  var synchronizesZero = true
  /// Whether values are compared in whole microseconds, of which each difference is cut off.
  var comparesMicroseconds = false

  var count = 0
  /// The vCPUs in the matched set, a bit each.
  var matched: UInt8 = 0
  var last: Reference?
  /// The frequency of the vCPU that was written last.
  var lastKilohertz = Self.hostKilohertz
  var isUserSet = false
  /// The offset that the matched vCPUs share.
  var sharedOffset: Int64 = 0
  /// What started the generation.
  var start = Reference(value: 0, time: 0)

  /// What is known of each vCPU.
  var vcpus = PerCPU(repeating: VCPU(), count: 4)
  /// Whether the master clock is in use, and since when it is as it is.
  var usesMasterClock = false
  var masterTime: Int64 = 0
  /// By how much the host's TSC is lower than it would be had the host not been suspended.
  ///
  /// Offsets are those to the higher one: what a suspension takes away is given back.
  var lost: Int64 = 0
  /// vCPU 0's guest has a kvmclock of the old kind.
  var usesOldClock = false
  /// How the kernel decides whether a write asks for an update of the master clock.
  var updates = Updates.whereItChanges

  /// When a write asks for an update.
  enum Updates: Hashable, Sendable {
    /// Where the master clock switches on or off, or continues from another start.
    case whereItChanges
    /// While it is on or could be (Linux 3.19 to 6.6).
    case always
    /// Where the master clock switches on or off (Linux 3.16).
    case whereItSwitches
  }

  /// A vCPU's registers, as the differences that they are, and what its next entry computes.
  struct VCPU: Hashable, Sendable {
    var offset: Int64 = 0
    var adjust: Int64 = 0
    var owesMasterClock = false
    var owesClock = false
    var kilohertz = TSCIdeal.hostKilohertz
    /// On an unstable host: what started its generation, and where its TSC stood last.
    var start = Reference(value: 0, time: 0)
    var stood: Int64 = 0
  }

  static let hostKilohertz: UInt32 = 1_000_000
  static let second: Int64 = 1_000_000_000

  var areAllMatched: Bool { matched == UInt8(truncatingIfNeeded: (1 << count) - 1) }

  /// Cycles of a vCPU a nanosecond, or more; a frequency that the host tolerates is the host's.
  func rate(of vcpu: Int) -> Int64 { rate * Int64(vcpus[vcpu].kilohertz / Self.hostKilohertz) }

  /// Whether the last write was to a vCPU of another frequency.
  func hasOtherFrequency(_ vcpu: Int) -> Bool { vcpus[vcpu].kilohertz != lastKilohertz }

  /// The value that a vCPU's TSC is expected to have.
  func expected(of vcpu: Int, at now: Int64) -> Int64 {
    guard let last else { return 0 }
    return last.value + rate(of: vcpu) * (now - last.time)
  }

  /// What the generation's TSCs show at most.
  func due(at now: Int64) -> Int64 { start.value + rate * (now - start.time) }

  func matches(_ value: Int64, of vcpu: Int, at now: Int64) -> Bool {
    guard let last, !hasOtherFrequency(vcpu) else { return false }
    if value == 0, synchronizesZero { return true }
    guard isUserSet else { return false }
    if comparesMicroseconds {
      return abs((value - last.value) / 1000 - (now - last.time) / 1000) < Self.second / 1000
    }
    let (expected, second) = (expected(of: vcpu, at: now), rate(of: vcpu) * Self.second)
    // Less than a second below 2^64 nothing matches: a sum wraps there.
    if (-second..<0).contains(value) || (-second..<0).contains(expected) { return false }
    return abs(value - expected) < second
  }

  /// A vCPU's TSC is written; returns whether it matched, and what the TSC shows then.
  mutating func write(
    _ value: Int64, to vcpu: Int, at now: Int64, byUser isByUser: Bool
  ) -> (isMatched: Bool, shown: Int64) {
    let isMatched = matches(value, of: vcpu, at: now)
    let rate = rate(of: vcpu)
    var shown = value
    if isMatched {
      shown = isStable ? rate * now + sharedOffset : value + rate * (now - (last?.time ?? now))
      matched |= 1 << vcpu
    } else {
      matched = 1 << vcpu
      sharedOffset = value - rate * now
      start = Reference(value: value, time: now)
    }
    // Where offsets are shared, what is remembered is the value that was asked for.
    last = Reference(value: recordsEffective || !isStable ? shown : value, time: now)
    if isByUser { isUserSet = true }
    finishWrite(to: vcpu, offset: shown - rate * now, isMatched: isMatched)
    return (isMatched, shown)
  }

  /// What every write leaves, of a value or of an offset.
  mutating func finishWrite(to vcpu: Int, offset: Int64, isMatched: Bool) {
    lastKilohertz = vcpus[vcpu].kilohertz
    vcpus[vcpu].offset = offset
    if !isStable { (vcpus[vcpu].start, vcpus[vcpu].stood) = (start, last?.value ?? 0) }
    if needsUpdate(isNewGeneration: !isMatched) { vcpus[vcpu].owesMasterClock = true }
  }

  /// Whether all vCPUs' clocks can be one.
  var isMasterClockPossible: Bool { areAllMatched && isClockSource }

  /// Whether a write that has just been made needs the master clock to be computed anew.
  func needsUpdate(isNewGeneration: Bool) -> Bool {
    switch updates {
    case .always: usesMasterClock || isMasterClockPossible
    case .whereItSwitches: usesMasterClock ? !areAllMatched : isMasterClockPossible
    case .whereItChanges:
      usesMasterClock ? isNewGeneration || !isMasterClockPossible : isMasterClockPossible
    }
  }

  /// The guest is entered: what is owed is computed.
  mutating func enter(_ vcpu: Int, at now: Int64) {
    if vcpus[vcpu].owesMasterClock {
      vcpus[vcpu].owesMasterClock = false
      usesMasterClock = isMasterClockPossible && lost == 0 && !usesOldClock
      masterTime = now
      for other in 0..<count { vcpus[other].owesClock = true }
    }
    vcpus[vcpu].owesClock = false
  }

  /// The guest writes its TSC; it continues, and what is owed is computed.
  mutating func guestWrite(_ value: Int64, to vcpu: Int, at now: Int64) {
    let offset = value - now
    vcpus[vcpu].adjust += offset - vcpus[vcpu].offset
    vcpus[vcpu].offset = offset
    enter(vcpu, at: now)
  }

  /// The guest writes IA32_TSC_ADJUST, and its clock has to follow.
  mutating func guestAdjust(_ value: Int64, of vcpu: Int, at now: Int64) {
    vcpus[vcpu].offset += value - vcpus[vcpu].adjust
    vcpus[vcpu].adjust = value
    enter(vcpu, at: now)
  }
}
