/// Timers that are somewhere else, each known here by numbers alone: what a search has in the place of a model.
///
/// A timer's first three words are when it wants to be woken (all ones for never), whether Cause.TI is on its
/// line, and the instant that it has come to; what the others mean is the service's business. Equal timers have
/// equal words.
public protocol CountCompareService: AnyObject, Sendable {
  /// A timer as after reset at the origin of time.
  var start: ContiguousArray<UInt64> { get }

  /// Carries out a script in one go.
  ///
  /// - Parameters:
  ///   - script: What to do.
  ///   - timers: What its sequences start from; they stay as they are.
  /// - Returns: What each line came to; nil where that cannot be known any more.
  func perform(
    _ script: CountCompareScript, on timers: ContiguousArray<ContiguousArray<UInt64>>
  ) -> CountCompareAnswers?
}
