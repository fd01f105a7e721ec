/// An adapter that fell short: which, how, and what it had been asked to do.
public struct AdapterError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The command line that started it.
  public var command: String
  /// What it did.
  public var problem: AdapterProblem
  /// What it had been asked to do, in words, where that is known.
  public var request: String?

  /// Says what happened.
  public init(command: String, problem: AdapterProblem, request: String? = nil) {
    self.command = command
    self.problem = problem
    self.request = request
  }

  /// One line.
  public var description: String {
    "adapter '\(command)' \(problem)" + (request.map { ", asked to \($0)" } ?? "")
  }
}
