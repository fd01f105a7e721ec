internal import TerminalText

extension Comparison {
  /// The page of both results, which says first how the second differs from the first.
  ///
  /// Its sentences are the same as those of ``text``.
  ///
  /// - Parameter both: The results that were compared, side by side (``MeasurementResult/append(_:)``).
  /// - Returns: HTML, as ``MeasurementResult/html`` has it.
  public func html(of both: MeasurementResult) -> String {
    HTMLReport(result: both, comparison: self).page
  }
}

extension HTMLReport {
  /// What a comparison found, and a table a series.
  func changes(_ comparison: Comparison) -> String {
    comparison.findings.map { "<p class=\"note finding\">\($0.markup)</p>\n" }.joined()
      + comparison.rows.map { row in
        "<h3>\(row.series.markup)</h3>\n"
          + table(
            ["change, \u{b5}s"] + Change.columns,
            row.changes.map { [$0.percentile.rawValue] + $0.cells })
      }.joined()
  }
}
