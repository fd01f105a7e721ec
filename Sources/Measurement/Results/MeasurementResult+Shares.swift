extension MeasurementResult {
  /// The result of runs that shared out the series of one plan.
  ///
  /// - Parameters:
  ///   - shares: What each measured; at least one.
  ///   - joined: All series in the order of the plan, from those of each share.
  /// - Throws: ``MergeError/count(series:reason:)`` for a series of two shares, and for too many series.
  public init(
    joining shares: [MeasurementResult], inOrder joined: ([[Series]]) -> [Series]
  ) throws(MergeError) {
    self = shares[0]
    var parts = [series]
    for share in shares.dropFirst() {
      let names = Set(series.map(\.name))
      if let twice = share.series.first(where: { names.contains($0.name) }) {
        throw .count(series: twice.name, reason: "it is of two shares")
      }
      let start = series.count
      try append(share)
      parts.append(Array(series[start...]))
    }
    series = joined(parts)
  }
}
