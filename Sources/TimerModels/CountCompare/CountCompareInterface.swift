/// What may be done to a Count/Compare timer from outside, whatever it is made of.
///
/// The models adopt it by ``CountCompareRules``; a device of another vendor's, by its registers.
public protocol CountCompareInterface: TimerModel {
  /// Another timer of this kind, as after reset: Count starts from 0 at `now`.
  func restarted(at now: Instant, frequency: CountFrequency) -> Self

  /// Carries out one access of the guest, and returns the value read (0 for a write).
  @discardableResult
  mutating func perform(at now: Instant, guest access: CountCompareGuestAccess) -> UInt32

  /// Carries out one access of the host, and returns the value read (0 for a write).
  ///
  /// - Throws: When the value written is not allowed. Nothing has been changed then.
  @discardableResult
  mutating func perform(
    at now: Instant, host access: CountCompareHostAccess
  ) throws(CountCompareError) -> UInt64

  // MARK: For a search

  /// Compare, not looked at.
  var compare: UInt32 { get }

  /// Cause, not looked at.
  var cause: CP0Cause { get }

  /// A number that equal timers share, and others seldom.
  var fingerprint: UInt64 { get }

  /// Whether ``packed`` is all of the timer.
  static var isPackable: Bool { get }

  /// All of the timer in numbers, whose meaning is its own.
  var packed: [9 of UInt64] { get set }

  /// Moves every instant that the timer holds back by `nanoseconds`, in which there is a whole number of
  /// ticks, and adds `counts` to Count and Compare; and clears what has no meaning in this state.
  ///
  /// *Guarantee:* what the timer does from then on is what it would have done, so much earlier.
  mutating func shift(at now: Instant, by nanoseconds: UInt64, counts: UInt32)

  /// Whether an operation takes so long that many are better asked for at once.
  static var isRemote: Bool { get }

  /// Carries out a script in one go.
  ///
  /// - Parameters:
  ///   - script: What to do.
  ///   - timers: What its sequences start from; they stay as they are.
  /// - Returns: What each line came to; nil where that cannot be known any more.
  static func perform(
    _ script: CountCompareScript, on timers: ContiguousArray<Self>
  ) -> CountCompareAnswers?

  /// How many numbers are all of the timer.
  var wordCount: Int { get }

  /// A number of those that are all of the timer.
  subscript(word index: Int) -> UInt64 { get set }

  /// Knows from now on what the host reads of it in this state.
  mutating func know(compare: UInt32, cause: CP0Cause)

  // MARK: For a timer that hardware can take over

  /// Gives the timer away, and returns Count.
  mutating func handOver(at now: Instant) -> UInt32

  /// Completes ``handOver(at:)`` once the hardware counts.
  mutating func completeHandOver(from start: UInt32, to count: UInt32)

  /// Takes the timer back from the hardware, and returns by how much Count was corrected.
  @discardableResult
  mutating func takeBack(at now: Instant, _ reading: HardwareTimerReading) -> Int32

  /// Forgets registers that hardware has taken over, and that it will overwrite.
  mutating func forgetRegisters()
}

extension CountCompareInterface {
  /// Cause.DC, not looked at.
  public var isDisabled: Bool { cause.contains(.disableCount) }

  /// False, unless a timer says how.
  public static var isPackable: Bool { false }

  /// Never called.
  public var packed: [9 of UInt64] {
    get { preconditionFailure("not packable") }
    set { preconditionFailure("not packable") }
  }

  /// False: a model is a value at hand.
  public static var isRemote: Bool { false }

  /// Never called.
  public static func perform(
    _ script: CountCompareScript, on timers: ContiguousArray<Self>
  ) -> CountCompareAnswers? { preconditionFailure("not remote") }

  /// Never called.
  public var wordCount: Int { preconditionFailure("not remote") }

  /// Never called.
  public subscript(word index: Int) -> UInt64 {
    get { preconditionFailure("not remote") }
    set { preconditionFailure("not remote") }
  }

  /// Never called.
  public mutating func know(compare: UInt32, cause: CP0Cause) { preconditionFailure("not remote") }
}

// A timer that is never handed over need not know how.
extension CountCompareInterface {
  /// Never called.
  public mutating func handOver(at now: Instant) -> UInt32 { preconditionFailure("no hardware") }

  /// Never called.
  public mutating func completeHandOver(from start: UInt32, to count: UInt32) {
    preconditionFailure("no hardware")
  }

  /// Never called.
  public mutating func takeBack(at now: Instant, _ reading: HardwareTimerReading) -> Int32 {
    preconditionFailure("no hardware")
  }

  /// Never called.
  public mutating func forgetRegisters() { preconditionFailure("no hardware") }
}
