/// Why a search could not be run.
public struct SearchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A sentence that names the system call, its error and what helps.
  public let description: String

  init(description: String) { self.description = description }
}
