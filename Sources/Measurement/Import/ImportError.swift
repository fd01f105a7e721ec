internal import JSON

/// Why a file holds no measurement of a known tool.
public struct ImportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line, from 1.
  public let line: Int
  /// What is wrong there.
  public let problem: String

  init(line: Int, _ problem: String) { (self.line, self.problem) = (line, problem) }

  init(_ error: JSONError) { self.init(line: error.line, error.problem) }

  /// Both.
  public var description: String { "line \(line): \(problem)" }
}
