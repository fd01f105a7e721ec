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
    /// The interval holds 0, and is wide, or there are too few runs for one: a difference may be there that these
    /// runs do not show.
    case undecided
    /// There are too few deadlines for the percentile, of all or of a run.
    case tooFew = "too few"
  }

  /// Where the variance comes from.
  public enum Basis: String, Hashable, Sendable {
    /// Ratios of runs that were made in turn.
    case pairs
    /// The scatter between runs, of each side for itself, and as much for what the runs of a start share.
    case runs
  }

  /// The percentile.
  public let percentile: Percentile
  /// In the first result, in nanoseconds; nil where there are too few latencies.
  public let first: UInt64?
  /// In the second.
  public let second: UInt64?
  /// The second over the first, less 1; nil where there are too few deadlines.
  ///
  /// With an interval it is what that is around: the geometric mean of the pairs' ratios, or the ratio of the runs'
  /// geometric means. With too few runs it is that of ``second`` and ``first``.
  public let ratio: Double?
  /// Between what the ratio less 1 is with 95 %; nil where there are too few runs, or deadlines.
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
    let (before, after) = (first.latency.known(percentile), second.latency.known(percentile))
    (self.first, self.second) = (before, after)
    guard min(first.runs.count, second.runs.count) >= QuantileEstimate.runsMin else {
      (basis, interval) = (nil, nil)
      ratio = before.flatMap { before in
        after.map { Double(max($0, 1)) / Double(max(before, 1)) - 1 }
      }
      return
    }
    let estimate = Self.estimate(percentile, first, second, isPaired: isPaired)
    basis = estimate?.basis
    ratio = estimate.map { exp($0.difference.logarithm) - 1 }
    interval = estimate.map { estimate in
      let (low, high) = estimate.difference.interval
      return low - 1...high - 1
    }
  }

  /// Pairs before runs: the better of what there is.
  ///
  /// *Why never the ranks of all deadlines:* those of one run share its start, its placement in memory and its minute.
  /// Runs of one program differ by more than such an interval is wide, which then calls it slower than itself.
  private static func estimate(
    _ percentile: Percentile, _ first: Series, _ second: Series, isPaired: Bool
  ) -> (difference: QuantileEstimate, basis: Basis)? {
    if isPaired, first.runs.count == second.runs.count,
      let before = QuantileEstimate.logarithms(first, percentile),
      let after = QuantileEstimate.logarithms(second, percentile)
    {
      return (QuantileEstimate(mean: zip(after, before).map { $0 - $1 }), .pairs)
    }
    guard let before = QuantileEstimate(byRun: first, percentile),
      let after = QuantileEstimate(byRun: second, percentile)
    else { return nil }
    return (after.ofAnotherStart.difference(from: before.ofAnotherStart), .runs)
  }

  /// What the interval says.
  public var verdict: Verdict {
    guard let interval else { return ratio == nil ? .tooFew : .undecided }
    if interval.lowerBound > 0 { return .slower }
    if interval.upperBound < 0 { return .faster }
    return interval.upperBound - interval.lowerBound <= Self.sameWidthMax ? .same : .undecided
  }

  /// `slower by 6.0 % ± 1.5 at p50`.
  public var description: String {
    let place = " at \(percentile.rawValue)"
    guard let ratio else { return "too few deadlines to say\(place)" }
    guard let interval else {
      return "undecided\(place) (\(percent(ratio)) % in these runs)"
    }
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
