/// A result of a test, in the forms that a ``TestWriter`` writes.
public protocol TestResult: Sendable {
  /// What build servers read of it.
  var regression: Regression.Result { get }

  /// Its text, whole lines.
  ///
  /// - Parameter nameWidth: How long the names of results are at most, in characters, as far as that is known.
  /// - Returns: The text.
  func text(nameWidth: Int) -> String

  /// Its points, at least one.
  func points(in tap: inout TAPWriter) -> String

  /// The text behind the last result.
  static func closing(_ results: [Self]) -> String
}
