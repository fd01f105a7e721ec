public import JSON
internal import TerminalText

/// What came of one scenario.
public struct ConformanceResult: Hashable, Sendable {
  /// The scenario's id.
  public var id: String
  /// The scenario's title.
  public var title: String
  /// The line of the file on which it starts.
  public var line: Int
  /// What was expected, and what was observed, in the order of the script.
  public var checks: [Check]
  /// Why the scenario did not get to its end; nil when it did.
  public var error: ConformanceError?

  /// One variable.
  public struct Check: Hashable, Sendable {
    /// The variable's name.
    public var name: String
    /// What it may be.
    public var expected: ConformanceRange
    /// What it was in the end.
    public var observed: Int128

    /// Whether it was what it may be.
    public var isMet: Bool { expected.contains(observed) }
  }

  /// Whether the scenario ran to its end and everything was as expected.
  public var isPassed: Bool { error == nil && checks.allSatisfy(\.isMet) }
}

/// What came of a script.
public struct ConformanceReport: Hashable, Sendable {
  /// The script's file.
  public var file: String
  /// The model's name.
  public var model: String
  /// One result a scenario, in the order of the file.
  public var results: [ConformanceResult]

  /// How many scenarios passed.
  public var passedCount: Int { results.count { $0.isPassed } }
  /// Whether all of them did.
  public var isPassed: Bool { passedCount == results.count }
}

extension ConformanceCorpus {
  /// Runs every scenario, each on a new machine.
  public func run<Machine: ConformanceMachine>(
    on makeMachine: () -> Machine
  ) -> ConformanceReport where Machine.Vocabulary == Vocabulary {
    let results = scenarios.map { scenario in
      var interpreter = ConformanceInterpreter(scenario: scenario, machine: makeMachine())
      return interpreter.run(file: file)
    }
    return ConformanceReport(file: file, model: Vocabulary.name, results: results)
  }
}

// MARK: - Text

extension ConformanceRange: CustomStringConvertible {
  /// As in `7`, `-2000...-1`, `0...`, `one of 0, 4`, `any`.
  public var description: String {
    switch self {
    case .exactly(let value): "\(value)"
    case .between(let min, let max):
      (min.map { "\($0)" } ?? "") + "..." + (max.map { "\($0)" } ?? "")
    case .oneOf(let values): "one of " + values.map { "\($0)" }.joined(separator: ", ")
    case .any: "any"
    }
  }
}

extension ConformanceReport {
  /// The most characters by which titles are moved to stand below each other.
  ///
  /// *Why there is a limit:* a file with many ids, of which one is very long, would make a text of many times its size.
  private static let idWidthMax = 60

  /// One line a scenario, with what was expected and observed where it fell short, and a
  /// closing count.
  public var text: String {
    let width = min(Self.idWidthMax, results.map(\.id.visible.count).max() ?? 0)
    let lines = results.map { result in
      let faults =
        (result.error.map { ["\($0)".visible] } ?? [])
        + result.checks.filter { !$0.isMet }.map {
          "\($0.name.visible): expected \($0.expected), observed \($0.observed)"
        }
      let details = faults.map { "\n      \($0)" }.joined()
      return "\(result.isPassed ? "pass" : "FAIL")  \(result.id.visible.padded(to: width))  "
        + "\(result.title.visible)\(details)\n"
    }
    return lines.joined() + "\(file.visible): \(passedCount) of \(results.count) scenarios passed\n"
  }

  /// The report as one JSON document.
  public var json: JSONValue {
    [
      "file": .string(file), "model": .string(model), "scenarios": JSONValue(results.count),
      "passed": JSONValue(passedCount), "results": .array(results.map(\.json)),
    ]
  }
}

extension ConformanceResult {
  /// The result as a JSON object; `error` is there only if there was one.
  public var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("id", .string(id)), .init("title", .string(title)), .init("line", JSONValue(line)),
      .init("passed", .bool(isPassed)), .init("checks", .array(checks.map(\.json))),
    ]
    if let error { members.append(.init("error", .string("\(error)"))) }
    return .object(members)
  }
}

extension ConformanceResult.Check {
  /// The check as a JSON object.
  public var json: JSONValue {
    [
      "name": .string(name), "expected": expected.json, "observed": .string("\(observed)"),
      "passed": .bool(isMet),
    ]
  }
}

extension ConformanceRange {
  /// The range in the form that scripts have, but for numbers, which are strings here: a reader may keep one of
  /// 64 bits as a Double.
  public var json: JSONValue {
    func text(_ value: Int128) -> JSONValue { .string("\(value)") }
    switch self {
    case .exactly(let value): return text(value)
    case .between(let min, let max):
      let bounds = [("min", min), ("max", max)]
      return .object(bounds.compactMap { name, bound in bound.map { .init(name, text($0)) } })
    case .oneOf(let values): return ["in": .array(values.map(text))]
    case .any: return "any"
    }
  }
}
