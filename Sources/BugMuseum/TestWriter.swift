public import JSON
internal import TerminalText

/// Writes results of tests: each as it comes where the format allows that, the rest at the end.
///
/// What ``head``, ``add(_:)`` and ``closing(_:)`` return, in this order, is the whole text.
public struct TestWriter: Sendable {
  /// How.
  public let format: TestFormat
  /// What was added so far.
  public private(set) var results: [Regression.Result] = []
  private var tap = TAPWriter()

  /// Begins a text.
  public init(_ format: TestFormat) { self.format = format }

  /// What comes before the first result.
  public var head: String { format == .tap ? TAPWriter.head : "" }

  /// Adds a result.
  ///
  /// - Returns: What can be written of it now.
  public mutating func add(_ result: Regression.Result) -> String {
    results.append(result)
    return switch format {
    case .text: result.line
    case .tap:
      tap.point(
        result.shortfall == nil, "\(result.name) \(result.title)", skipReason: result.skipReason,
        shortfall: result.shortfall, duration: result.skipReason == nil ? result.duration : nil)
    case .junit, .json: ""
    }
  }

  /// What comes after the last result; of JSON nothing, since a command's document has more than results.
  ///
  /// - Parameter origin: Where and when the tests were run.
  /// - Returns: What is left to be written.
  public func closing(_ origin: TestOrigin) -> String {
    switch format {
    case .text: count
    case .tap: tap.plan
    case .junit: JUnitDocument(results, origin).text
    case .json: ""
    }
  }

  /// What a document of JSON has of the results.
  public var document: JSONValue {
    let cases = results.map { result -> JSONValue in
      [
        "name": .string(result.name), "group": .string(result.group),
        "title": .string(result.title), "passed": .bool(result.isPassed),
        "detail": .string(result.detail),
        "shortfall": result.shortfall.map { .string($0) } ?? nil,
        "skipped": result.skipReason.map { .string($0) } ?? nil,
        "durationNanoseconds": JSONValue(result.duration),
      ]
    }
    return [
      "tests": JSONValue(results.count), "passed": JSONValue(results.count { $0.isPassed }),
      "results": .array(cases),
    ]
  }
  private var count: String {
    let skipped = results.count { $0.skipReason != nil }
    return "\(results.count { $0.isPassed }) of \(results.count) passed"
      + (skipped == 0 ? "\n" : ", \(skipped) skipped\n")
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
