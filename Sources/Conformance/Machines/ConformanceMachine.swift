/// What runs the operations of a conformance script: a timer, a CPU as far as it matters, an
/// interrupt handler, and virtual time.
///
/// A machine starts in the state that the grammar gives for its architecture. Interrupts are
/// taken where time passes and in ``endOperation()``. Every value is below 2 to the power of the
/// vocabulary's `wordBits`; wider values are truncated.
public protocol ConformanceMachine {
  /// The words that the machine understands.
  associatedtype Vocabulary: ConformanceVocabulary

  /// The work that is left. A machine spends for alarms and interrupts, its caller for the rest.
  var budget: ConformanceBudget { get set }

  /// `read`.
  mutating func read(_ source: Vocabulary.Source, argument: UInt64) -> ConformanceValue

  /// A register in an expression.
  mutating func read(_ register: Vocabulary.Register) -> UInt64

  /// `write`, and `sgi`.
  mutating func write(_ destination: Vocabulary.Destination, argument: UInt64, _ value: UInt64)

  /// `set`.
  mutating func set(_ flag: Vocabulary.Flag, _ isSet: Bool)

  /// `handler`: what happens at an interrupt from now on.
  mutating func handle(with handler: Vocabulary.Handler, argument: UInt64)

  /// `limit`: after how many interrupts the handler lets no more in.
  mutating func limitHandler(to interrupts: UInt64)

  /// `wait`, `spin`, `sleep`: exactly `ticks` ticks of the counter's clock pass, whether or not
  /// the counter is stopped.
  mutating func pass(ticks: UInt64) throws(ConformanceFault)

  /// `nudge`: `steps` of the machine's smallest steps pass, which are shorter than a tick where
  /// a tick is longer than a nanosecond.
  mutating func nudge(steps: UInt64) throws(ConformanceFault)

  /// `until`: time passes until the counter has reached `target`, by the signed difference.
  mutating func wait(untilCounterReaches target: UInt64) throws(ConformanceFault)

  /// `idle`.
  mutating func idle() throws(ConformanceFault)

  /// Reads the counter, and says how far it is past the compare value (signed).
  mutating func readDistance() -> Int64

  /// One sample for `bracket` or `blind`.
  mutating func sample(_ sample: Vocabulary.Sample) -> Bool

  /// Time between two samples, the last of which was 0: a smallest step, or more at once where
  /// nothing can happen in between.
  mutating func approach() throws(ConformanceFault)

  /// The time that an operation costs passes, and interrupts that are due are taken.
  mutating func endOperation() throws(ConformanceFault)
}

/// A value that was read, and how it is reported.
public struct ConformanceValue: Hashable, Sendable {
  /// The value; cut to the vocabulary's `wordBits`.
  public var bits: UInt64
  /// Whether it is reported as a signed number.
  public var isSigned: Bool

  /// Creates a value.
  public init(_ bits: UInt64, isSigned: Bool = false) {
    self.bits = bits
    self.isSigned = isSigned
  }
}
