internal import Glibc

/// The logarithm of a quantile of a series' latencies, with how well it is known.
///
/// *Why the logarithm:* latencies vary in proportion to themselves, and a difference of logarithms is a ratio.
struct QuantileEstimate {
  /// The estimate, of nanoseconds.
  let logarithm: Double
  /// Its variance.
  let variance: Double
  /// The degrees of freedom of the variance; infinite where it is that of ranks.
  let degrees: Double

  /// The fewest runs whose scatter says something.
  static let runsMin = 3

  /// The mean of the runs' quantiles, with the scatter between runs; nil where there are too few.
  ///
  /// What runs share, such as the host, is not in that scatter.
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

  /// The quantile of all deadlines, with the interval between two ranks that holds it in 95 of 100 cases.
  ///
  /// *Assumes* that deadlines are independent of one another, which those of a burst are not: the interval is
  /// too narrow rather than too wide, and says nothing of the next run. nil where the ranks are beyond the
  /// first or the last.
  init?(byRank series: Series, _ percentile: Percentile) {
    let latency = series.latency
    let (count, quantile) = (Double(latency.count), percentile.percent / 100)
    let reach = Self.normal * (count * quantile * (1 - quantile)).squareRoot()
    let (first, last) = (
      (count * quantile - reach).rounded(.down), (count * quantile + reach).rounded(.up) + 1
    )
    guard first >= 1, last <= count, let value = latency.value(at: percentile),
      let low = latency.value(ofRank: UInt64(first)), let high = latency.value(ofRank: UInt64(last))
    else { return nil }
    // Never surer than a bucket is wide.
    let width = max(Self.log(high) - Self.log(low), Self.resolution)
    let error = width / (2 * Self.normal)
    (logarithm, variance, degrees) = (Self.log(value), error * error, .infinity)
  }

  private static let normal = 1.95996
  private static let resolution = 1e-3

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
