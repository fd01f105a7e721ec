/// An adapter that fell short: which, how, and what it had been asked to do.
public struct AdapterError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The command line that started it.
  public var command: String
  /// What it did.
  public var problem: AdapterProblem
  /// What it had been asked to do: one operation, where that is known.
  public var operation: TimedOperation?
  /// How many operations the request had.
  public var operations = 0

  /// One line.
  public var description: String {
    let request =
      switch (operation, operations) {
      case (let operation?, 1): " at: \(operation)"
      case (let operation?, _): " at one of \(operations) operations, from: \(operation)"
      case (nil, _): ""
      }
    return "adapter '\(command)' \(problem)\(request)"
  }
}
