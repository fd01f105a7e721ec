public import JSON
internal import TerminalText

/// The second of two results beside the first, series by series.
public struct Comparison: Hashable, Sendable {
  /// A series that both have, or one and its counterpart.
  public struct Row: Hashable, Sendable {
    /// The series' name; of counterparts both, as in `count-compare inject block/spin`.
    public let series: String
    /// One for each percentile.
    public let changes: [Change]
    /// The counts of faults that rose, as in `lost 0, then 3`.
    public let faults: [String]
    /// The settings that differ, as in `budgetMicroseconds 100, then 50`.
    public let settings: [String]
    /// How many runs the first has, and the second; 0 where they are not known apart.
    public let runs: [Int]
  }

  /// The series that both have, in the first one's order; where they have none in common, each and its counterpart.
  public let rows: [Row]
  /// The names of those that only one has.
  public let unmatched: [String]
  /// Whether run n of one was made beside run n of the other.
  public let isPaired: Bool
  /// Whether one of the results was ended before all that was to be measured had been.
  public let isPartial: Bool

  /// Compares two results.
  ///
  /// - Parameters:
  ///   - first: The yardstick.
  ///   - second: What is compared with it.
  ///   - isPaired: Whether run n of one was made beside run n of the other.
  public init(of first: MeasurementResult, and second: MeasurementResult, isPaired: Bool) {
    self.isPaired = isPaired
    isPartial = first.isPartial || second.isPartial
    let common = first.series.compactMap { series in
      second.series.first { $0.name == series.name }.map { Match(series, $0, name: series.name) }
    }
    let matches = common.isEmpty ? Match.counterparts(first.series, second.series) : common
    rows = matches.map { match in
      Row(
        series: match.name,
        changes: Percentile.allCases.map { percentile in
          Change(percentile, of: match.first, and: match.second, isPaired: isPaired)
        },
        faults: Self.faults(match.first.verdicts, match.second.verdicts),
        settings: Self.differences(match.first, match.second),
        runs: [match.first.runs.count, match.second.runs.count])
    }
    let (known, otherKnown) = (
      Set(matches.map(\.first.name)), Set(matches.map(\.second.name))
    )
    unmatched =
      first.series.map(\.name).filter { !known.contains($0) }
      + second.series.map(\.name).filter { !otherKnown.contains($0) }
  }

  /// Whether the second is slower at the median or at 99 %, or has more faults.
  public var isWorse: Bool {
    rows.contains { row in
      !row.faults.isEmpty
        || row.changes.contains { [.p50, .p99].contains($0.percentile) && $0.verdict == .slower }
    }
  }

  private static func faults(_ first: Verdicts, _ second: Verdicts) -> [String] {
    [
      ("lost", first[.lost], second[.lost]), ("early", first[.early], second[.early]),
      ("duplicated", first.duplicated, second.duplicated),
      ("spurious", first.spurious, second.spurious),
    ].filter { $0.1 < $0.2 }.map { "\($0.0) \($0.1), then \($0.2)" }
  }

  private static func differences(_ first: Series, _ second: Series) -> [String] {
    let names = first.configuration.map(\.name)
    let known = Set(names)
    let values = [first, second].map { series in
      Dictionary(
        series.configuration.map { ($0.name, $0.value) }, uniquingKeysWith: { one, _ in one })
    }
    return (names + second.configuration.map(\.name).filter { !known.contains($0) })
      .compactMap { name in
        let (one, other) = (values[0][name] ?? .null, values[1][name] ?? .null)
        return one == other ? nil : "\(name) \(one.text()), then \(other.text())"
      }
  }
}

// MARK: - For people and programs

extension Comparison {
  /// A table, and a line a series that says what it means.
  public var text: String {
    let tables = rows.map { row in
      var table = TextTable(["at"] + Change.columns)
      for change in row.changes { table.append([change.percentile.rawValue] + change.cells) }
      return "  \(row.series.visible): change, \u{b5}s\n\(table.text)\n"
    }
    return tables.joined() + findings.map { "  \($0)\n" }.joined()
  }

  /// What the tables mean, a sentence each: of each series the verdicts at the median and at 99 %, what is missing for
  /// one, faults that rose and settings that differ; then what could not be compared.
  var findings: [String] {
    rows.flatMap { row in
      let changes = row.changes.filter { [.p50, .p99].contains($0.percentile) }
      let lines =
        [changes.map(\.description).joined(separator: ", "), row.advice].compactMap { $0 }
        + row.faults + row.settings.map(\.visible)
      return lines.map { "\(row.series.visible): \($0)" }
    }
      + unmatched.map { "\($0.visible): only one of the two has it" }
      + (isPartial
        ? ["This comparison is partial: a measurement was ended before it was complete."] : [])
  }

  /// The members of a document.
  public var json: JSONValue {
    [
      "paired": .bool(isPaired), "partial": .bool(isPartial), "worse": .bool(isWorse),
      "series": .array(
        rows.map { row in
          [
            "name": .string(row.series), "changes": .array(row.changes.map(\.json)),
            "faults": .array(row.faults.map { .string($0) }),
            "settings": .array(row.settings.map { .string($0) }),
            "runs": .array(row.runs.map { JSONValue($0) }),
          ]
        }),
      "unmatched": .array(unmatched.map { .string($0) }),
    ]
  }
}

extension Comparison.Row {
  /// What to do for a verdict; nil where runs are enough.
  fileprivate var advice: String? {
    guard runs.contains(where: { $0 < QuantileEstimate.runsMin }) else { return nil }
    let counts = runs.map { $0 == 0 ? "unknown" : "\($0)" }.joined(separator: " and ")
    return "too few runs for a verdict (\(counts); at least \(QuantileEstimate.runsMin) of each): "
      + "measure with --runs 5"
  }
}

extension Change {
  static let columns = ["first", "second", "change %", "from", "to", "by"]

  /// What is known of the change, as ``columns`` names it.
  var cells: [String] {
    [first, second].map { $0.map { microseconds(Int64($0)) } ?? absent }
      + [ratio, interval?.lowerBound, interval?.upperBound].map { $0.map(percent) ?? absent }
      + [basis?.rawValue ?? absent]
  }

  fileprivate var json: JSONValue {
    [
      "percentile": .string(percentile.rawValue), "verdict": .string(verdict.rawValue),
      "firstNanoseconds": first.map { JSONValue($0) } ?? .null,
      "secondNanoseconds": second.map { JSONValue($0) } ?? .null,
      "change": ratio.map { .number($0) } ?? .null,
      "from": interval.map { .number($0.lowerBound) } ?? .null,
      "to": interval.map { .number($0.upperBound) } ?? .null,
      "basis": basis.map { .string($0.rawValue) } ?? .null,
    ]
  }
}
