public import JSON
internal import TerminalText

/// How the results of a ``Regression`` are written.
public enum RegressionFormat: String, Hashable, Sendable, CaseIterable {
  /// A line a test, and a closing count.
  case text
  /// JUnit's XML, as build servers read it.
  case junit
  /// The Test Anything Protocol, version 13.
  case tap
  /// One JSON document.
  case json

  /// Whether a result can be written before the next one is there.
  public var isIncremental: Bool { self == .text }

  /// All results as one text.
  public func text(_ results: [Regression.Result]) -> String {
    switch self {
    case .text: results.map(\.line).joined() + Self.closing(results)
    case .junit: junit(results)
    case .tap: tap(results)
    case .json: Self.document(results).text(.pretty) + "\n"
    }
  }

  /// The closing count of the text form.
  public static func closing(_ results: [Regression.Result]) -> String {
    let skipped = results.count { $0.skipReason != nil }
    return "\(results.count { $0.isPassed }) of \(results.count) passed"
      + (skipped == 0 ? "\n" : ", \(skipped) skipped\n")
  }

  private func tap(_ results: [Regression.Result]) -> String {
    var document = TAPDocument()
    for result in results {
      document.add(
        result.shortfall == nil, "\(result.name) \(result.title)", skipReason: result.skipReason,
        comment: result.shortfall)
    }
    return document.text
  }

  /// What all schemas of the format have in common: those of Jenkins, old and new, and of Surefire.
  ///
  /// A suite counts its errors, of which there are none here; why a test was left out is the text of
  /// `skipped`, which has no attribute in the older schemas; a failure has a type.
  private func junit(_ results: [Regression.Result]) -> String {
    let failures = results.count { $0.shortfall != nil }
    let skipped = results.count { $0.skipReason != nil }
    let cases = results.map { result in
      let head =
        "  <testcase classname=\"\(result.group.markup)\" name=\"\(result.name.markup)\" "
        + "time=\"\(seconds(result.duration))\""
      let element =
        result.shortfall.map {
          "<failure type=\"shortfall\" message=\"\($0.markup)\">\($0.markup)</failure>"
        }
        ?? result.skipReason.map { "<skipped>\($0.markup)</skipped>" }
      guard let element else { return head + "/>\n" }
      return "\(head)>\n    \(element)\n  </testcase>\n"
    }
    let duration = results.reduce(0) { $0 + $1.duration }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuite name="swvmm" tests="\(results.count)" failures="\(failures)" errors="0" \
      skipped="\(skipped)" time="\(seconds(duration))">
      \(cases.joined())</testsuite>

      """
  }

  /// Seconds with three decimals.
  private func seconds(_ nanoseconds: UInt64) -> String {
    let milliseconds = String(nanoseconds / 1_000_000 % 1000)
    return "\(nanoseconds / 1_000_000_000)."
      + String(repeating: "0", count: 3 - milliseconds.utf8.count) + milliseconds
  }

  /// The form of ``json`` as a value, for a document that has more.
  public static func document(_ results: [Regression.Result]) -> JSONValue {
    let cases = results.map { result -> JSONValue in
      [
        "name": .string(result.name), "group": .string(result.group),
        "title": .string(result.title), "passed": .bool(result.isPassed),
        "detail": .string(result.detail),
        "shortfall": result.shortfall.map { .string($0) } ?? nil,
        "skipped": result.skipReason.map { .string($0) } ?? nil,
      ]
    }
    return [
      "tests": JSONValue(results.count), "passed": JSONValue(results.count { $0.isPassed }),
      "results": .array(cases),
    ]
  }
}

extension Regression.Result {
  /// A line that says whether it passed, with what fell short or stood in the way on the next.
  public var line: String {
    let verdict = shortfall != nil ? "FAIL" : skipReason != nil ? "skip" : "pass"
    return "\(verdict)  \(name.visible)  \(detail.visible)\n"
      + ((shortfall ?? skipReason).map { "      \($0.visible)\n" } ?? "")
  }
}
