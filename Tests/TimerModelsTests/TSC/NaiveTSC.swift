import TimerModels

/// What KVM does with TSCs, told in the plainest way; it shares no code with the tracker.
///
/// The matched set is a set, not a count; cycles come from a table's factors.
struct NaiveTSC {
  struct VCPU {
    var kilohertz: UInt32
    var ratio: UInt128
    var offset: UInt64 = 0
    var adjust: UInt64 = 0
    var last: UInt64 = 0
    var baseWrite: UInt64 = 0
    var baseTime: UInt64 = 0
    var catchUp = false
    var owesMaster = false
    var owesClock = true
    var lost: UInt64 = 0
  }

  /// Shift and multiplier by kHz, worked out apart from the code under test.
  static let factors: [UInt32: (shift: UInt128, multiplier: UInt128)] = [
    800_000: (0, 0xcccc_cccc), 1_000_001: (1, 0x8000_0863), 2_345_678: (2, 0x961f_969e),
    2_500_000: (2, 0xa000_0000), 3_000_000: (2, 0xc000_0000),
  ]

  var hostKilohertz: UInt32
  var rules: TSCRuleSet
  var stable = true
  var clockSource = true
  var vcpus: [VCPU] = []
  var members: Set<Int> = []
  var generations = 0
  var setOffset: UInt64 = 0
  var setWrite: UInt64 = 0
  var setTime: UInt64 = 0
  var last: (time: UInt64, write: UInt64, kilohertz: UInt32, offset: UInt64) = (0, 0, 0, 0)
  var userWrote = false
  var master = false
  var masterTime: (ns: UInt64, tsc: UInt64) = (0, 0)
  var wentBack = false

  init(kilohertz: UInt32, rules: TSCRuleSet) {
    hostKilohertz = kilohertz
    self.rules = rules
  }

  var wanted: Bool { members.count == vcpus.count && clockSource }

  func cycles(_ nanoseconds: UInt64, _ kilohertz: UInt32) -> UInt64 {
    guard let factor = Self.factors[kilohertz] else { fatalError("no factors") }
    let shifted = (UInt128(nanoseconds) << factor.shift) & UInt128(UInt64.max)
    return UInt64(truncatingIfNeeded: shifted * factor.multiplier / 0x1_0000_0000)
  }

  func scaled(_ tsc: UInt64, _ vcpu: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: UInt128(tsc) * vcpus[vcpu].ratio / 0x1_0000_0000)
  }

  mutating func load(_ ns: UInt64, _ tsc: UInt64, _ vcpu: Int) {
    if vcpus[vcpu].lost > 0 {
      vcpus[vcpu].offset &+= scaled(vcpus[vcpu].lost, vcpu)
      vcpus[vcpu].lost = 0
    }
    if !stable {
      vcpus[vcpu].offset = vcpus[vcpu].last &- scaled(tsc, vcpu)
      vcpus[vcpu].catchUp = true
      if !master { vcpus[vcpu].owesClock = true }
    }
  }

  /// - Returns: Whether it matched, and whether an update was asked for.
  mutating func write(
    _ ns: UInt64, _ tsc: UInt64, _ vcpu: Int, value: UInt64?, user: Bool, offset given: UInt64?
  ) -> (matched: Bool, asked: Bool) {
    load(ns, tsc, vcpu)
    let kilohertz = vcpus[vcpu].kilohertz
    let passed = ns &- last.time
    var effective: UInt64
    var offset: UInt64
    var matched = kilohertz == last.kilohertz
    if let given {
      matched = matched && last.offset == given
      effective = scaled(tsc, vcpu) &+ given
      offset = given
    } else {
      effective = value ?? 0
      let zero = effective == 0 && rules.synchronizesZero
      matched = matched && (zero || comparable && isNear(effective, passed, kilohertz))
      if matched && !stable { effective &+= cycles(passed, kilohertz) }
      offset = matched && stable ? setOffset : effective &- scaled(tsc, vcpu)
    }
    vcpus[vcpu].last = effective
    vcpus[vcpu].offset = offset
    if rules.recordsEffectiveValue && matched { effective = scaled(tsc, vcpu) &+ offset }
    last = (ns, effective, kilohertz, offset)
    userWrote = userWrote || user
    if matched {
      members.insert(vcpu)
    } else {
      members = [vcpu]
      generations += 1
      setOffset = offset
      setWrite = effective
      setTime = ns
    }
    vcpus[vcpu].baseWrite = setWrite
    vcpus[vcpu].baseTime = setTime
    let asked =
      switch rules.updateRequest {
      case .onToggle: master && members.count != vcpus.count || !master && wanted
      case .whileUsable: master || wanted
      case .onToggleOrGeneration: master && !matched || master != wanted
      }
    if asked { vcpus[vcpu].owesMaster = true }
    return (matched, asked)
  }

  var comparable: Bool { userWrote || !rules.sparesFirstUserWrite }

  func isNear(_ value: UInt64, _ passed: UInt64, _ kilohertz: UInt32) -> Bool {
    if rules.window == .microseconds {
      let moved = Int64(bitPattern: value &- last.write) &* 1000 / Int64(kilohertz)
      let off = moved &- Int64(passed / 1000)
      return off > -1_000_000 && off < 1_000_000 || off == .min
    }
    let expected = last.write &+ cycles(passed, kilohertz)
    let second = UInt64(kilohertz) * 1000
    return value < expected &+ second && value &+ second > expected
  }

  /// - Returns: The cycles caught up.
  mutating func enter(_ ns: UInt64, _ tsc: UInt64, _ vcpu: Int) -> UInt64 {
    load(ns, tsc, vcpu)
    return serve(ns, tsc, vcpu)
  }

  mutating func serve(_ ns: UInt64, _ tsc: UInt64, _ vcpu: Int) -> UInt64 {
    if vcpus[vcpu].owesMaster {
      vcpus[vcpu].owesMaster = false
      master = wanted && !wentBack
      masterTime = (ns, tsc)
      for other in vcpus.indices { vcpus[other].owesClock = true }
    }
    guard vcpus[vcpu].owesClock else { return 0 }
    vcpus[vcpu].owesClock = false
    let (time, count) = master ? masterTime : (ns, tsc)
    let reached = scaled(count, vcpu) &+ vcpus[vcpu].offset
    vcpus[vcpu].last = reached
    guard vcpus[vcpu].catchUp else { return 0 }
    let due =
      vcpus[vcpu].baseWrite
      &+ cycles(time &- vcpus[vcpu].baseTime, vcpus[vcpu].kilohertz)
    guard due > reached else { return 0 }
    vcpus[vcpu].offset &+= due - reached
    vcpus[vcpu].last = due
    return due - reached
  }
}
