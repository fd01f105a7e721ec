internal import JSON

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
    case .json: json(results).text(.pretty) + "\n"
    }
  }

  /// The closing count of the text form.
  public static func closing(_ results: [Regression.Result]) -> String {
    let skipped = results.count { $0.skipReason != nil }
    return "\(results.count { $0.isPassed }) of \(results.count) passed"
      + (skipped == 0 ? "\n" : ", \(skipped) skipped\n")
  }

  private func tap(_ results: [Regression.Result]) -> String {
    let lines = results.enumerated().map { index, result in
      // A number sign would begin a directive.
      let title = result.title.map { $0 == "#" ? "_" : "\($0)" }.joined()
      let verdict = result.shortfall == nil ? "ok" : "not ok"
      let skip = result.skipReason.map { " # SKIP \($0)" } ?? ""
      return "\(verdict) \(index + 1) - \(result.name) \(title)\(skip)\n"
        + (result.shortfall.map { "# \($0)\n" } ?? "")
    }
    return "TAP version 13\n1..\(results.count)\n" + lines.joined()
  }

  private func junit(_ results: [Regression.Result]) -> String {
    let failures = results.count { $0.shortfall != nil }
    let skipped = results.count { $0.skipReason != nil }
    let cases = results.map { result in
      let head = "  <testcase classname=\(xml(result.group)) name=\(xml(result.name))"
      let element =
        result.shortfall.map { "failure message=\(xml($0))" }
        ?? result.skipReason.map { "skipped message=\(xml($0))" }
      guard let element else { return head + "/>\n" }
      return "\(head)>\n    <\(element)/>\n  </testcase>\n"
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuite name="swvmm" tests="\(results.count)" failures="\(failures)" skipped="\(skipped)">
      \(cases.joined())</testsuite>

      """
  }

  /// A text as an attribute's value, quotes and all.
  private func xml(_ text: String) -> String {
    let escaped = text.map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      default: "\(character)"
      }
    }
    return "\"\(escaped.joined())\""
  }

  private func json(_ results: [Regression.Result]) -> JSONValue {
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
    return "\(verdict)  \(name)  \(detail)\n"
      + ((shortfall ?? skipReason).map { "      \($0)\n" } ?? "")
  }
}
