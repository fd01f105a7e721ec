internal import JSON

/// What came of an entry of a list.
public struct UnitTestResult: Sendable {
  /// What there is to say of it, as the runner of kvm-unit-tests says it.
  public enum Verdict: String, Hashable, Sendable {
    case pass = "PASS"
    case fail = "FAIL"
    case skip = "SKIP"
  }

  /// The entry's name.
  public let name: String
  /// What came of it.
  public internal(set) var verdict: Verdict
  /// Why, where the guest itself does not say: why it was not run, or how it ended.
  public internal(set) var reason: String?
  /// How long it took, in nanoseconds.
  public internal(set) var duration: UInt64 = 0
  /// The command that runs it, without the program's name.
  let words: [String]
  var output = UnitTestOutput()
  /// What the run wrote to standard error: what is left of a guest that fell.
  var errors = ""

  init(_ plan: UnitTestPlan, _ verdict: Verdict, reason: String? = nil) {
    name = plan.test.name
    words = plan.words
    self.verdict = verdict
    self.reason = reason
  }

  /// One document's part.
  var json: JSONValue {
    let reports = output.reports.map { report -> JSONValue in
      ["verdict": .string(report.verdict), "text": .string(report.text)]
    }
    return [
      "name": .string(name), "verdict": .string(verdict.rawValue),
      "reason": reason.map { .string($0) } ?? .null,
      "summary": output.summary.map { .string($0) } ?? .null,
      "reportCount": JSONValue(output.reportCount), "failureCount": JSONValue(output.failureCount),
      "reports": .array(reports),
      "milliseconds": JSONValue(Int(duration / 1_000_000)),
      "errors": .string(errors),
      "command": .array(words.map { .string($0) }),
    ]
  }
}
