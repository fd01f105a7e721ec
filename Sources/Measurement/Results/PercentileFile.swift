internal import Histogram

extension LatencyHistogram {
  /// The distribution by percentile in the text format of HdrHistogram's plotters, in microseconds.
  ///
  /// Five lines for each halving of the distance to 100 %, and the footer with mean, deviation and
  /// maximum. Maximum and mean there are the buckets': the greatest value of the last bucket, and
  /// the mean of the buckets' middles.
  ///
  /// *Assumes:* there are values. Without, the format has no rows, and plotters do not read it.
  public var percentileFile: String {
    var text = ""
    counts.outputPercentileDistribution(
      to: &text, outputValueUnitScalingRatio: 1000, percentileTicksPerHalfDistance: 5)
    return text
  }

  /// A point of the distribution.
  struct QuantilePoint {
    /// The part of the values, below 1, that are at most ``value``.
    var quantile: Double
    /// Nanoseconds.
    var value: UInt64
  }

  /// The distribution for a chart: what ``percentileFile`` has, at twice the resolution, without
  /// the step to 100 %, which a logarithmic axis has no place for.
  var quantilePoints: [QuantilePoint] {
    let greatest = Self.clamped(maximum ?? 0)
    return counts.percentiles(ticksPerHalfDistance: 10).compactMap { point in
      guard point.percentileLevelIteratedTo < 100 else { return nil }
      return QuantilePoint(
        quantile: point.percentileLevelIteratedTo / 100, value: Swift.min(point.value, greatest))
    }
  }
}

extension MeasurementResult {
  /// The percentile files of all series: one for the latency, one for each stage.
  ///
  /// Names consist of letters, digits and hyphens, and differ from one another. Where a distribution
  /// has no values there is no text, since plotters would not read it.
  public var percentileFiles: [(name: String, text: String?)] {
    series.enumerated().flatMap { index, series in
      let name = "\(index + 1)-\(Self.fileName(series.name))"
      let latency = [("\(name)-latency.hgrm", series.latency)]
      let stages = series.stages.map {
        ("\(name)-\(Self.fileName($0.stage.title)).hgrm", $0.times)
      }
      return (latency + stages).map { name, times in
        (name, times.count == 0 ? nil : times.percentileFile)
      }
    }
  }

  private static func fileName(_ name: String) -> String {
    let kept = name.unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        ? Character(scalar) : " "
    }
    return String(kept).split(separator: " ").joined(separator: "-")
  }
}
