internal import BugMuseum
public import JSON

/// How the results of a ``UnitTestSuite`` are written.
public enum UnitTestFormat: String, Hashable, Sendable, CaseIterable {
  /// A line a test, as the runner of kvm-unit-tests writes it.
  case text
  /// JUnit's XML, a case a test.
  case junit
  /// The Test Anything Protocol, version 13, a line a report, as that runner writes it.
  case tap
  /// One JSON document.
  case json

  /// Whether a result can be written before the next one is there.
  public var isIncremental: Bool { self == .text }

  /// All results as one text.
  public func text(_ results: [UnitTestResult]) -> String {
    switch self {
    case .text: results.map(\.line).joined()
    case .junit: RegressionFormat.junit.text(results.map(\.regression))
    case .tap: tap(results)
    case .json: Self.document(results).text(.pretty) + "\n"
    }
  }

  private func tap(_ results: [UnitTestResult]) -> String {
    var document = TAPDocument()
    func add(_ isPassed: Bool, _ name: String, _ text: String, isSkipped: Bool = false) {
      document.add(isPassed, "\(name): \(text)", skipReason: isSkipped ? "" : nil)
    }
    for result in results {
      for report in result.output.reports {
        add(!report.isFailure, result.name, report.text, isSkipped: report.verdict == "SKIP")
      }
      if let reason = result.reason {
        add(result.verdict != .fail, result.name, reason, isSkipped: result.verdict == .skip)
      } else if result.output.reportCount == 0
        || result.output.failureCount == 0 && result.verdict == .fail
      {
        add(
          result.verdict != .fail, result.name, result.output.summary ?? "no report",
          isSkipped: result.verdict == .skip)
      }
    }
    return document.text
  }

  /// The form of ``json`` as a value, for a document that has more.
  public static func document(_ results: [UnitTestResult]) -> JSONValue {
    func count(_ verdict: UnitTestResult.Verdict) -> JSONValue {
      JSONValue(results.count { $0.verdict == verdict })
    }
    return [
      "tests": JSONValue(results.count), "passed": count(.pass), "failed": count(.fail),
      "skipped": count(.skip), "results": .array(results.map(\.json)),
    ]
  }
}
