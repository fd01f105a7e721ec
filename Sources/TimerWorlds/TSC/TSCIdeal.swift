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
  /// Whether a matched write is remembered as it came out, rather than as it was written.
  var recordsEffective = false

  var count = 0
  /// The vCPUs in the matched set, a bit each.
  var matched: UInt8 = 0
  var last: Reference?
  /// The last write was to a vCPU of another frequency.
  var hasOtherFrequency = false
  var isUserSet = false
  /// The offset that the matched vCPUs share.
  var sharedOffset: Int64 = 0
  /// What started the generation.
  var start = Reference(value: 0, time: 0)

  static let second: Int64 = 1_000_000_000

  var areAllMatched: Bool { matched == UInt8(truncatingIfNeeded: (1 << count) - 1) }

  /// The value that a TSC is expected to have.
  func expected(at now: Int64) -> Int64 {
    guard let last else { return 0 }
    return last.value + rate * (now - last.time)
  }

  /// What the generation's TSCs show at most.
  func due(at now: Int64) -> Int64 { start.value + rate * (now - start.time) }

  func matches(_ value: Int64, at now: Int64) -> Bool {
    guard last != nil, !hasOtherFrequency else { return false }
    if value == 0 { return true }
    return isUserSet && abs(value - expected(at: now)) < rate * Self.second
  }

  /// A vCPU's TSC is written; returns whether it matched, and what the TSC shows then.
  mutating func write(
    _ value: Int64, to vcpu: Int, at now: Int64, byUser isByUser: Bool
  ) -> (isMatched: Bool, shown: Int64) {
    let isMatched = matches(value, at: now)
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
    hasOtherFrequency = false
    if isByUser { isUserSet = true }
    return (isMatched, shown)
  }
}
