internal import Histogram

/// A percentile that reports give.
public enum Percentile: String, Hashable, Sendable, CaseIterable {
  /// The median.
  case p50
  /// 90 %.
  case p90
  /// 99 %.
  case p99
  /// 99.9 %.
  case p999 = "p99.9"

  var percent: Double {
    switch self {
    case .p50: 50
    case .p90: 90
    case .p99: 99
    case .p999: 99.9
    }
  }

  /// Whether so many values say anything of it: of fewer it is the greatest one, by another name.
  func isKnown(of count: UInt64) -> Bool {
    switch self {
    case .p50: count >= 1
    case .p90: count >= 10
    case .p99: count >= 100
    case .p999: count >= 1000
    }
  }

  /// Its name in documents.
  var key: String {
    switch self {
    case .p50: "p50Nanoseconds"
    case .p90: "p90Nanoseconds"
    case .p99: "p99Nanoseconds"
    case .p999: "p999Nanoseconds"
    }
  }
}

/// A distribution of durations in nanoseconds, at three significant digits, from 0 to an hour.
///
/// The counts are an HdrHistogram's: a percentile is the greatest value that its bucket holds (at
/// most the maximum), so it is never below the exact one, and above it by less than 1 in 1000.
/// Minimum and maximum are exact. A value outside the range counts as the range's nearest end, in
/// the mean, too, and ``belowRange`` and ``aboveRange`` say how many there were.
public struct LatencyHistogram: Equatable, Sendable {
  /// The greatest value that is counted as itself: one hour, in nanoseconds.
  public static let rangeMax: UInt64 = 3_600_000_000_000
  /// The most values that a histogram takes: the percentile file's counts are that wide.
  public static let countMax: UInt64 = 1 << 31 - 1

  /// The buckets that are not empty, in ascending order.
  ///
  /// *Why not the histogram's own array:* that has 270 KB, whatever is in it; a distribution has some hundred
  /// buckets, and a file names one in a few bytes.
  public private(set) var buckets: [Bucket] = []
  /// How many values there are.
  public private(set) var count: UInt64 = 0
  /// The least value, exact even where it is outside the range; nil when there is none.
  public private(set) var minimum: Int64?
  /// The greatest value, exact even where it is outside the range; nil when there is none.
  public private(set) var maximum: Int64?
  /// All values added up, those outside the range as its nearest end; at most `Int64.max`.
  ///
  /// *Why that bound suffices:* it is 292 years. And it keeps every sum that the percentile
  /// iteration makes, of values rounded up by less than 1 in 1000, within `UInt64`.
  public private(set) var sum: Int64 = 0
  /// How many values were negative.
  public private(set) var belowRange: UInt64 = 0
  /// How many values were above ``rangeMax``.
  public private(set) var aboveRange: UInt64 = 0

  /// An empty distribution.
  public init() {}

  /// Says which bucket a value is in.
  private static let scale = Histogram<UInt64>(
    highestTrackableValue: rangeMax, numberOfSignificantValueDigits: .three)

  /// The distribution as an HdrHistogram.
  var counts: Histogram<UInt64> {
    var counts = Self.scale
    guard let minimum, let maximum else { return counts }
    for (index, bucket) in buckets.enumerated() {
      // The first value of all and the last are known exactly; of the others only the bucket is.
      let last: UInt64 = index == buckets.count - 1 ? 1 : 0
      if last > 0 { counts.record(Self.clamped(maximum)) }
      guard bucket.count > last else { continue }
      counts.record(index == 0 ? Self.clamped(minimum) : bucket.value, count: bucket.count - last)
    }
    return counts
  }

  /// The mean in nanoseconds, or nil when there is no value.
  public var mean: Double? { count == 0 ? nil : Double(sum) / Double(count) }

  /// The percentile in nanoseconds, or nil when there is no value.
  public func value(at percentile: Percentile) -> UInt64? {
    // As HdrHistogram has it: a hair less than the percentile, so that rounding up does not pass a bucket.
    value(ofRank: max(1, UInt64((percentile.percent.nextDown * Double(count) / 100).rounded(.up))))
  }

  /// The percentile in nanoseconds, for a reader; nil where there are too few values (``Percentile/isKnown(of:)``).
  func known(_ percentile: Percentile) -> UInt64? {
    percentile.isKnown(of: count) ? value(at: percentile) : nil
  }

  /// The value that has so many up to it, itself included, in nanoseconds; nil where there are fewer.
  func value(ofRank wanted: UInt64) -> UInt64? {
    guard let minimum, let maximum else { return nil }
    var sum: UInt64 = 0
    for bucket in buckets {
      sum += bucket.count
      guard sum >= wanted else { continue }
      let greatest = Self.scale.highestEquivalentForValue(bucket.value)
      return max(min(greatest, Self.clamped(maximum)), Self.clamped(minimum))
    }
    return nil
  }

  /// Counts one value, in nanoseconds.
  ///
  /// Traps at the 2^31st value, or where the sum exceeds 292 years: no campaign lasts that long.
  public mutating func record(_ value: Int64) {
    precondition(count < Self.countMax, "more than \(Self.countMax) values")
    let clamped = Self.clamped(value)
    add(Bucket(value: Self.scale.lowestEquivalentForValue(clamped), count: 1))
    sum += Int64(clamped)
    if value < 0 { belowRange += 1 }
    if value > Int64(Self.rangeMax) { aboveRange += 1 }
    minimum = Swift.min(minimum ?? value, value)
    maximum = Swift.max(maximum ?? value, value)
  }

  private mutating func add(_ added: Bucket) {
    count += added.count
    var places = buckets.indices
    while let place = places.middle {
      if buckets[place].value == added.value {
        buckets[place].count += added.count
        return
      }
      places =
        buckets[place].value < added.value
        ? place + 1..<places.upperBound : places.lowerBound..<place
    }
    buckets.insert(added, at: places.lowerBound)
  }

  /// Counts one value several times.
  ///
  /// - Parameters:
  ///   - value: Nanoseconds, from 0 to ``rangeMax``.
  ///   - times: How often.
  /// - Throws: ``Overflow``, when count or sum would exceed its bound; nothing is added then.
  mutating func record(_ value: UInt64, times: UInt64) throws(Overflow) {
    precondition(value <= Self.rangeMax, "a value in the range")
    guard times > 0 else { return }
    guard times <= Self.countMax - count else { throw .count }
    let (product, isTooGreat) = Int64(value).multipliedReportingOverflow(by: Int64(times))
    let (total, overflows) = sum.addingReportingOverflow(product)
    guard !isTooGreat && !overflows else { throw .sum }
    add(Bucket(value: Self.scale.lowestEquivalentForValue(value), count: times))
    sum = total
    minimum = Swift.min(minimum ?? Int64(value), Int64(value))
    maximum = Swift.max(maximum ?? Int64(value), Int64(value))
  }

  /// What is left without some of the values.
  ///
  /// Minimum and maximum become those of the buckets that are left, to the resolution of a bucket. Values that
  /// are not here are ignored.
  func removing(_ other: LatencyHistogram) -> LatencyHistogram {
    var rest = LatencyHistogram()
    let removed = Dictionary(
      other.buckets.map { ($0.value, $0.count) }, uniquingKeysWith: { first, _ in first })
    rest.buckets = buckets.compactMap { bucket in
      let left = bucket.count - Swift.min(removed[bucket.value] ?? 0, bucket.count)
      return left == 0 ? nil : Bucket(value: bucket.value, count: left)
    }
    rest.count = rest.buckets.reduce(0) { $0 + $1.count }
    rest.sum = sum - Swift.min(sum, other.sum)
    if let first = rest.buckets.first, let last = rest.buckets.last {
      let greatest = Self.scale.highestEquivalentForValue(last.value)
      rest.minimum = Swift.max(minimum ?? 0, Int64(first.value))
      rest.maximum = Swift.min(maximum ?? .max, Int64(greatest))
    } else {
      rest.sum = 0
    }
    return rest
  }

  /// The distribution of values that are each less by so many nanoseconds, to the resolution of a bucket; what would
  /// be negative counts as 0.
  func reduced(by shift: UInt64) -> LatencyHistogram {
    let shift = Int64(clamping: shift)
    var reduced = LatencyHistogram()
    guard let minimum, let maximum else { return reduced }
    for bucket in buckets {
      let value = Self.clamped(Int64(bucket.value) - shift)
      reduced.add(Bucket(value: Self.scale.lowestEquivalentForValue(value), count: bucket.count))
      reduced.sum += Int64(value) * Int64(bucket.count)
    }
    (reduced.minimum, reduced.maximum) = (minimum - shift, maximum - shift)
    return reduced
  }

  static func clamped(_ value: Int64) -> UInt64 { Swift.min(UInt64(Swift.max(value, 0)), rangeMax) }

  /// Adds all values of another distribution.
  ///
  /// - Parameter other: What to add.
  /// - Throws: ``Overflow``, when count or sum would exceed its bound; nothing is added then.
  public mutating func add(_ other: LatencyHistogram) throws(Overflow) {
    guard count + other.count <= Self.countMax else { throw .count }
    let (total, overflows) = sum.addingReportingOverflow(other.sum)
    guard !overflows else { throw .sum }
    for bucket in other.buckets { add(bucket) }
    sum = total
    belowRange += other.belowRange
    aboveRange += other.aboveRange
    minimum = [minimum, other.minimum].compactMap(\.self).min()
    maximum = [maximum, other.maximum].compactMap(\.self).max()
  }

  /// A bound that a sum of distributions exceeds.
  public enum Overflow: Error, Hashable, Sendable, CustomStringConvertible {
    /// More values than ``LatencyHistogram/countMax``.
    case count
    /// A sum above `Int64.max` nanoseconds.
    case sum

    /// The bound.
    public var description: String {
      switch self {
      case .count: "more than \(LatencyHistogram.countMax) values together"
      case .sum: "a sum of more than 2^63 nanoseconds"
      }
    }
  }

  /// Two distributions are equal when they count the same values.
  public static func == (left: LatencyHistogram, right: LatencyHistogram) -> Bool {
    left.buckets == right.buckets && left.sum == right.sum && left.minimum == right.minimum
      && left.maximum == right.maximum && left.belowRange == right.belowRange
      && left.aboveRange == right.aboveRange
  }
}

// MARK: - Buckets

extension LatencyHistogram {
  /// One bucket that is not empty.
  public struct Bucket: Hashable, Sendable {
    /// The least value that the bucket holds, in nanoseconds.
    public var value: UInt64
    /// How many values it holds; more than 0.
    public var count: UInt64
  }

  /// Makes a distribution again from what is known of it.
  ///
  /// Returns nil when the parts contradict one another or a bound: a bucket that is none, buckets out
  /// of order, a sum, an extreme or a count of clamped values that these buckets cannot have.
  init?(
    buckets: [Bucket], minimum: Int64?, maximum: Int64?, sum: Int64, belowRange: UInt64,
    aboveRange: UInt64
  ) {
    (self.sum, self.belowRange, self.aboveRange) = (sum, belowRange, aboveRange)
    guard let first = buckets.first, let last = buckets.last else {
      let isEmpty = minimum == nil && maximum == nil && (sum, belowRange, aboveRange) == (0, 0, 0)
      guard isEmpty else { return nil }
      return
    }
    guard let minimum, let maximum, minimum <= maximum,
      belowRange <= (minimum < 0 ? first.count : 0), (belowRange > 0) == (minimum < 0),
      aboveRange <= (maximum > Int64(Self.rangeMax) ? last.count : 0),
      (aboveRange > 0) == (maximum > Int64(Self.rangeMax))
    else { return nil }
    let (least, greatest) = (Self.clamped(minimum), Self.clamped(maximum))
    guard Self.scale.lowestEquivalentForValue(least) == first.value,
      Self.scale.lowestEquivalentForValue(greatest) == last.value,
      buckets.count > 1 || least == greatest || first.count > 1,
      let span = Self.span(of: buckets), span.contains(sum)
    else { return nil }
    (self.minimum, self.maximum) = (minimum, maximum)
    self.buckets = buckets
    // Each is at most 2^31, and together they are, too.
    count = buckets.reduce(0) { $0 + $1.count }
  }

  /// What the values in the buckets can add up to.
  ///
  /// Returns nil when a bucket is none of the histogram's, they are out of order, or hold too many.
  private static func span(of buckets: [Bucket]) -> ClosedRange<Int64>? {
    var previous: UInt64?
    var total: UInt64 = 0
    // No overflow: a bucket holds at most 2^31 values below 2^42, and there are below 2^16 of them.
    var (least, greatest): (UInt128, UInt128) = (0, 0)
    for bucket in buckets {
      guard previous.map({ $0 < bucket.value }) ?? true, bucket.value <= rangeMax,
        scale.lowestEquivalentForValue(bucket.value) == bucket.value,
        (1...countMax).contains(bucket.count)
      else { return nil }
      previous = bucket.value
      total += bucket.count
      least += UInt128(bucket.value) * UInt128(bucket.count)
      greatest += UInt128(scale.highestEquivalentForValue(bucket.value)) * UInt128(bucket.count)
    }
    guard total <= countMax, let low = Int64(exactly: least) else { return nil }
    return low...Int64(clamping: greatest)
  }
}

extension Range<Int> {
  /// The element in the middle; nil if there is none.
  fileprivate var middle: Int? { isEmpty ? nil : lowerBound + count / 2 }
}
