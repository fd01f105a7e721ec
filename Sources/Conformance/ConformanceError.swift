/// Why a conformance script cannot be read, or why a scenario could not be run to its end.
public struct ConformanceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, as it was named by the caller.
  public var file: String
  /// The line of the file, counted from 1.
  public var line: Int
  /// The scenario's id; nil when the fault lies outside any scenario.
  public var scenario: String?
  /// The operation within the scenario, counted from 1; nil when it is not one operation's fault.
  public var operation: Int?
  /// What is wrong, as a phrase.
  public var problem: String

  /// Creates an error at a place of a script.
  public init(
    file: String, line: Int, scenario: String? = nil, operation: Int? = nil, problem: String
  ) {
    self.file = file
    self.line = line
    self.scenario = scenario
    self.operation = operation
    self.problem = problem
  }

  /// As in `mips.json:812: m26-dc-sweep, operation 5: there is no register foo`.
  public var description: String {
    let place = [scenario, operation.map { "operation \($0)" }].compactMap(\.self)
    let words = place.isEmpty ? "" : " " + place.joined(separator: ", ") + ":"
    return "\(file):\(line):\(words) \(problem)"
  }
}

/// Why a machine could not carry out an operation.
public enum ConformanceFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operation waits for what cannot happen; the reason as a phrase.
  case endless(String)
  /// The scenario took more steps than this limit.
  case workLimit(Int)
  /// Virtual time went past the last instant that can be expressed.
  case endOfTime

  /// A phrase for a person.
  public var description: String {
    switch self {
    case .endless(let reason): "this would never end: \(reason)"
    case .workLimit(let steps): "given up after \(steps) steps"
    case .endOfTime: "virtual time went past its end, 584 years"
    }
  }
}

/// How much work a scenario may still do.
///
/// Whatever a script repeats or waits for is paid for here, so that every script ends.
public struct ConformanceBudget: Hashable, Sendable {
  /// The steps granted at the start.
  public let limit: Int
  /// The steps that are left.
  public private(set) var remaining: Int

  /// Grants `limit` steps: operations, rounds of a loop, alarms, and interrupts taken.
  public init(limit: Int = 10_000_000) {
    self.limit = limit
    remaining = limit
  }

  /// Pays for one step.
  public mutating func spend() throws(ConformanceFault) {
    guard remaining > 0 else { throw .workLimit(limit) }
    remaining -= 1
  }
}
