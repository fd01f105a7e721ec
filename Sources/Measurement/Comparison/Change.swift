internal import Glibc

/// How one percentile of a series differs between two results.
public struct Change: Hashable, Sendable {
  /// What the interval says.
  public enum Verdict: String, Hashable, Sendable {
    /// The second is slower.
    case slower
    /// The second is faster.
    case faster
    /// The interval holds 0, and is narrow (``Change/sameWidthMax``).
    case same = "no difference"
    /// The interval holds 0, and is wide: a difference may be there that these runs do not show.
    case undecided
    /// There are too few deadlines for an interval.
    case tooFew = "too few"
  }

  /// Where the variance comes from.
  public enum Basis: String, Hashable, Sendable {
    /// Ratios of runs that were made in turn.
    case pairs
    /// The scatter between runs, of each side for itself.
    case runs
    /// Ranks within all deadlines.
    case ranks
  }

  /// The percentile.
  public let percentile: Percentile
  /// In the first result, in nanoseconds; nil where there are too few latencies.
  public let first: UInt64?
  /// In the second.
  public let second: UInt64?
  /// The second over the first, less 1: the estimate that the interval is around; nil where there is none.
  public let ratio: Double?
  /// Between what the ratio less 1 is with 95 %; nil where there are too few deadlines.
  public let interval: ClosedRange<Double>?
  /// Where the interval comes from; nil where there is none.
  public let basis: Basis?

  /// The greatest width of an interval around 0 that still says that there is no difference: 20 %.
  public static let sameWidthMax = 0.2

  /// Compares a percentile of two series.
  ///
  /// - Parameters:
  ///   - percentile: Which.
  ///   - first: The yardstick.
  ///   - second: What is compared with it.
  ///   - isPaired: Whether run n of one was made beside run n of the other.
  init(_ percentile: Percentile, of first: Series, and second: Series, isPaired: Bool) {
    self.percentile = percentile
    self.first = first.latency.known(percentile)
    self.second = second.latency.known(percentile)
    let estimate = Self.estimate(percentile, first, second, isPaired: isPaired)
    basis = estimate?.basis
    ratio = estimate.map { exp($0.difference.logarithm) - 1 }
    interval = estimate.map { estimate in
      let (low, high) = estimate.difference.interval
      return low - 1...high - 1
    }
  }

  /// Pairs before runs before ranks: the better of what there is.
  private static func estimate(
    _ percentile: Percentile, _ first: Series, _ second: Series, isPaired: Bool
  ) -> (difference: QuantileEstimate, basis: Basis)? {
    if isPaired, first.runs.count == second.runs.count,
      first.runs.count >= QuantileEstimate.runsMin,
      let before = QuantileEstimate.logarithms(first, percentile),
      let after = QuantileEstimate.logarithms(second, percentile)
    {
      return (QuantileEstimate(mean: zip(after, before).map { $0 - $1 }), .pairs)
    }
    if let before = QuantileEstimate(byRun: first, percentile),
      let after = QuantileEstimate(byRun: second, percentile)
    {
      return (after.difference(from: before), .runs)
    }
    guard let before = QuantileEstimate(byRank: first, percentile),
      let after = QuantileEstimate(byRank: second, percentile)
    else { return nil }
    return (after.difference(from: before), .ranks)
  }

  /// What the interval says.
  public var verdict: Verdict {
    guard let interval else { return .tooFew }
    if interval.lowerBound > 0 { return .slower }
    if interval.upperBound < 0 { return .faster }
    return interval.upperBound - interval.lowerBound <= Self.sameWidthMax ? .same : .undecided
  }

  /// `slower by 6.0 % ± 1.5 at p50`.
  public var description: String {
    let place = " at \(percentile.rawValue)"
    guard let ratio, let interval else { return "too few deadlines to say\(place)" }
    return switch verdict {
    case .slower: "slower by \(Self.text(ratio, interval))\(place)"
    case .faster:
      "faster by \(Self.text(-ratio, -interval.upperBound...(-interval.lowerBound)))\(place)"
    case .same: "no difference\(place) (\(Self.text(ratio, interval)))"
    case .undecided, .tooFew: "undecided\(place) (\(Self.text(interval)))"
    }
  }

  /// `6.0 % ± 1.5`, or `29.8 % (1.0 to 66.8 %)` where the interval does not lie evenly around the estimate.
  ///
  /// *Why not always the first:* the interval is that of a ratio, and a wide one reaches further up than down. Half its
  /// width would then reach below its lower end, and beyond 0 where the interval does not.
  private static func text(_ ratio: Double, _ interval: ClosedRange<Double>) -> String {
    let margin = (interval.upperBound - interval.lowerBound) / 2
    // What is printed has a digit behind the point of a percent.
    let isEven = abs(ratio - margin - interval.lowerBound) < max(0.001, margin / 20)
    let keepsSign = (interval.lowerBound > 0) == (ratio - margin >= 0.001)
    return isEven && keepsSign
      ? "\(percent(ratio)) % \u{b1} \(percent(margin))" : "\(percent(ratio)) % (\(text(interval)))"
  }

  private static func text(_ interval: ClosedRange<Double>) -> String {
    "\(percent(interval.lowerBound)) to \(percent(interval.upperBound)) %"
  }
}
