public import BugMuseum
public import JSON

/// Writes results of unit tests as the runner of kvm-unit-tests does, with a point per report in TAP: each as it comes
/// where the format allows that, the rest at the end.
///
/// What ``head``, ``add(_:)`` and ``closing(_:)`` return, in this order, is the whole text.
public struct UnitTestWriter: Sendable {
  /// How.
  public let format: TestFormat
  /// What was added so far.
  public private(set) var results: [UnitTestResult] = []
  private var tap = TAPWriter()

  /// Begins a text.
  public init(_ format: TestFormat) { self.format = format }

  /// What comes before the first result.
  public var head: String { format == .tap ? TAPWriter.head : "" }

  /// Adds a result.
  ///
  /// - Returns: What can be written of it now.
  public mutating func add(_ result: UnitTestResult) -> String {
    results.append(result)
    return switch format {
    case .text: result.line
    case .tap: points(of: result)
    case .junit, .json: ""
    }
  }

  /// What comes after the last result; of JSON nothing, since a command's document has more than results.
  ///
  /// - Parameter origin: Where and when the tests were run.
  /// - Returns: What is left to be written.
  public func closing(_ origin: TestOrigin) -> String {
    switch format {
    case .text: ""
    case .tap: tap.plan
    case .junit: JUnitDocument(results.map(\.regression), origin).text
    case .json: ""
    }
  }

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

  /// A point per report, and one for what no report says.
  private mutating func points(of result: UnitTestResult) -> String {
    var points = result.output.reports.map { (!$0.isFailure, $0.text, $0.verdict == "SKIP") }
    let isFailed = result.verdict == .fail
    if let reason = result.reason {
      points.append((!isFailed, reason, result.verdict == .skip))
    } else if result.output.reportCount == 0 || result.output.failureCount == 0 && isFailed {
      points.append((!isFailed, result.output.summary ?? "no report", result.verdict == .skip))
    }
    return points.reduce("") { lines, point in
      let (isPassed, text, isSkipped) = point
      return lines
        + tap.point(isPassed, "\(result.name): \(text)", skipReason: isSkipped ? "" : nil)
    }
  }
}
