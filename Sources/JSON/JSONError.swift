/// Why a text is not a JSON document, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line, counted from 1.
  public var line: Int
  /// The byte within the line, counted from 1.
  public var column: Int
  /// What is wrong, as a phrase without a full stop.
  public var problem: String

  /// Creates an error at a place in a document.
  public init(line: Int, column: Int, problem: String) {
    self.line = line
    self.column = column
    self.problem = problem
  }

  /// The place and the problem, as in `line 3, column 14: a comma or ] is expected here`.
  public var description: String { "line \(line), column \(column): \(problem)" }
}
