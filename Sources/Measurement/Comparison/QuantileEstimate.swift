internal import Glibc

/// The logarithm of a quantile of a series' latencies, with how well it is known.
///
/// *Why the logarithm:* latencies vary in proportion to themselves, and a difference of logarithms is a ratio.
struct QuantileEstimate {
  /// The estimate, of nanoseconds.
  let logarithm: Double
  /// Its variance.
  let variance: Double
  /// The degrees of freedom of the variance.
  let degrees: Double

  /// The fewest runs whose scatter says something.
  static let runsMin = 3

  /// The mean of the runs' quantiles, with the scatter between runs; nil where there are too few.
  ///
  /// What runs share, such as the host, is not in that scatter (``ofAnotherStart``).
  init?(byRun series: Series, _ percentile: Percentile) {
    guard let values = Self.logarithms(series, percentile), values.count >= Self.runsMin else {
      return nil
    }
    self.init(mean: values)
  }

  /// The mean of values and its variance; at least two.
  init(mean values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    (logarithm, variance, degrees) = (mean, squares / (count - 1) / count, count - 1)
  }

  /// Of each run; nil where runs are not known, or one has too few latencies.
  static func logarithms(_ series: Series, _ percentile: Percentile) -> [Double]? {
    let values = series.runs.compactMap { $0.latency.known(percentile).map(log) }
    return values.count == series.runs.count && !values.isEmpty ? values : nil
  }

  private static func log(_ value: UInt64) -> Double { Glibc.log(Double(max(value, 1))) }

  /// Where the quantile is with 95 %, in nanoseconds.
  var interval: (low: Double, high: Double) {
    let reach = StudentT.quantile(degrees: degrees) * variance.squareRoot()
    return (exp(logarithm - reach), exp(logarithm + reach))
  }

  /// The same estimate of the mean of `degrees` + 1 runs, for what the program gives when it is started again.
  ///
  /// *Why once the variance of a run more:* the runs of one start share its placement in memory and its minute, which
  /// is not in their scatter. Twelve results of one program, of 5 runs each, differed beyond it by 0.4 to 0.9 times
  /// the deviation of a run; without this, 17 to 29 of 100 comparisons of two of them said slower or faster.
  var ofAnotherStart: QuantileEstimate {
    QuantileEstimate(logarithm: logarithm, variance: variance * (degrees + 2), degrees: degrees)
  }

  /// This less another: the logarithm of a ratio; variances add up, and the degrees are Welch's.
  func difference(from other: QuantileEstimate) -> QuantileEstimate {
    let sum = variance + other.variance
    let parts = variance * variance / degrees + other.variance * other.variance / other.degrees
    return QuantileEstimate(
      logarithm: logarithm - other.logarithm, variance: sum,
      degrees: parts > 0 ? sum * sum / parts : .infinity)
  }

  private init(logarithm: Double, variance: Double, degrees: Double) {
    (self.logarithm, self.variance, self.degrees) = (logarithm, variance, degrees)
  }
}
