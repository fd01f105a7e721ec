/// An adapter that fell short: which, how, and what it had been asked to do.
public struct AdapterError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The command line that started it.
  public var command: String
  /// What it did.
  public var problem: AdapterProblem
  /// What it had been asked to do, in words, where that is known.
  public var request: String?

  /// One line.
  public var description: String {
    "adapter '\(command)' \(problem)" + (request.map { ", asked to \($0)" } ?? "")
  }
}
