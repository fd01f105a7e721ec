public import BugMuseum
public import JSON
internal import TerminalText

/// Results as the runner of kvm-unit-tests writes them, and with a point per report in TAP.
extension UnitTestResult: TestResult {
  /// `PASS name (19 tests)`; that runner aligns nothing, and what reads its lines takes one space.
  public func text(nameWidth: Int = 0) -> String {
    let note = reason ?? output.summary
    return "\(verdict.rawValue) \(name.visible)\(note.map { " (\($0.visible))" } ?? "")\n"
  }

  /// Nothing.
  public static func closing(_ results: [Self]) -> String { "" }

  /// As a result of a regression test, for what build servers read.
  public var regression: Regression.Result {
    let failures = output.reports.lazy.filter(\.isFailure).map(\.text).prefix(5)
    let shortfall = reason ?? ([output.summary ?? "no summary"] + failures).joined(separator: "; ")
    var result = Regression.Result(
      name: name, group: "kvm-unit-tests", title: "", detail: output.summary ?? "",
      shortfall: verdict == .fail ? shortfall : nil,
      skipReason: verdict == .skip ? reason ?? output.summary ?? "by itself" : nil)
    result.duration = duration
    return result
  }

  /// A point per report, and one for what no report says.
  public func points(in tap: inout TAPWriter) -> String {
    var points = output.reports.map { (!$0.isFailure, $0.text, $0.verdict == "SKIP") }
    let isFailed = verdict == .fail
    if let reason {
      points.append((!isFailed, reason, verdict == .skip))
    } else if output.reportCount == 0 || output.failureCount == 0 && isFailed {
      points.append((!isFailed, output.summary ?? "no report", verdict == .skip))
    }
    return points.reduce("") { lines, point in
      let (isPassed, text, isSkipped) = point
      return lines + tap.point(isPassed, "\(name): \(text)", skipReason: isSkipped ? "" : nil)
    }
  }
}

extension TestWriter<UnitTestResult> {
  /// What a document of JSON has of the results.
  public var document: JSONValue {
    func count(_ verdict: UnitTestResult.Verdict) -> JSONValue {
      JSONValue(results.count { $0.verdict == verdict })
    }
    return [
      "tests": JSONValue(results.count), "passed": count(.pass), "failed": count(.fail),
      "skipped": count(.skip), "results": .array(results.map(\.json)),
    ]
  }
}
