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
