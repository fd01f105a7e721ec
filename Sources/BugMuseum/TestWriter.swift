public import JSON
internal import TerminalText

/// Writes results of tests: each as it comes where the format allows that, the rest at the end.
///
/// What ``head``, ``add(_:)`` and ``closing(_:)`` return, in this order, is the whole text.
public struct TestWriter<Test: TestResult>: Sendable {
  /// How.
  public let format: TestFormat
  /// What was added so far.
  public private(set) var results: [Test] = []
  private let nameWidth: Int
  private var tap = TAPWriter()

  /// Begins a text.
  ///
  /// - Parameters:
  ///   - format: How.
  ///   - names: Those of the tests to come, so that columns stand below each other from the first line on.
  public init(_ format: TestFormat, names: [String] = []) {
    self.format = format
    nameWidth = names.map(\.visible.count).max() ?? 0
  }

  /// What comes before the first result.
  public var head: String { format == .tap ? TAPWriter.head : "" }

  /// Adds a result.
  ///
  /// - Returns: What can be written of it now.
  public mutating func add(_ result: Test) -> String {
    results.append(result)
    return switch format {
    case .text: result.text(nameWidth: nameWidth)
    case .tap: result.points(in: &tap)
    case .junit, .json: ""
    }
  }

  /// What comes after the last result; of JSON nothing, since a command's document has more than results.
  ///
  /// - Parameter origin: Where and when the tests were run.
  /// - Returns: What is left to be written.
  public func closing(_ origin: TestOrigin) -> String {
    switch format {
    case .text: Test.closing(results)
    case .tap: tap.plan
    case .junit: JUnitDocument(results.map(\.regression), origin).text
    case .json: ""
    }
  }
}

// MARK: - The catalogue's results

extension Regression.Result: TestResult {
  /// This.
  public var regression: Regression.Result { self }

  /// One point.
  public func points(in tap: inout TAPWriter) -> String {
    tap.point(
      shortfall == nil, "\(name) \(title)", skipReason: skipReason, shortfall: shortfall,
      duration: skipReason == nil ? duration : nil)
  }

  /// A line that says whether it passed, with what fell short or stood in the way on the next.
  public func text(nameWidth: Int = 0) -> String {
    let verdict = shortfall != nil ? "FAIL" : skipReason != nil ? "skip" : "pass"
    return "\(verdict)  \(name.visible.padded(to: nameWidth))  \(detail.visible)\n"
      + ((shortfall ?? skipReason).map { "      \($0.visible)\n" } ?? "")
  }

  /// How many of them passed.
  public static func closing(_ results: [Self]) -> String {
    "\(results.count { $0.isPassed }) of \(results.count) passed\(skips(in: results[...]))\n"
  }

  /// How many of them passed where not all were run.
  ///
  /// - Parameters:
  ///   - results: Of those that were.
  ///   - count: How many there are.
  /// - Returns: A line.
  public static func closing(_ results: ArraySlice<Self>, cutShortOf count: Int) -> String {
    let passed = results.count { $0.isPassed }
    return "\(results.count) of \(count) run, \(passed) passed\(skips(in: results)); interrupted\n"
  }

  private static func skips(in results: ArraySlice<Self>) -> String {
    let skipped = results.count { $0.skipReason != nil }
    return skipped == 0 ? "" : ", \(skipped) skipped"
  }
}

extension TestWriter<Regression.Result> {
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
}
