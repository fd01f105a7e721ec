/// What is to be done to many timers at once, in sequences that each start from one of them.
public struct CountCompareScript: Sendable {
  /// A step of a sequence.
  public struct Line: Sendable {
    /// What is done, and when.
    public var step: CountCompareStep
    /// The number of the timer that the sequence starts from; nil where the step continues the line before it.
    public var origin: Int?
    /// Whether the timer after it is wanted.
    public var isKept = false

    /// Creates a line.
    public init(_ step: CountCompareStep, from origin: Int?) {
      self.step = step
      self.origin = origin
    }
  }

  /// The lines, the first of which starts a sequence.
  public var lines: ContiguousArray<Line> = []

  /// Creates an empty script.
  public init() {}
}

/// What the lines of a ``CountCompareScript`` came to.
public struct CountCompareAnswers: Sendable {
  /// What one came to.
  public struct Answer: Sendable {
    /// What was read.
    public var value: UInt64
    /// When the timer wants to be woken.
    public var alarm: Instant?
    /// Cause.TI on its line.
    public var interruptLine: Bool
    /// Whether it was carried out.
    public var isDone: Bool
    /// Where the timer after it stands in ``words``, if it was kept.
    public var place: Int

    /// Creates an answer.
    public init(
      value: UInt64, alarm: Instant?, interruptLine: Bool, isDone: Bool, place: Int
    ) {
      self.value = value
      self.alarm = alarm
      self.interruptLine = interruptLine
      self.isDone = isDone
      self.place = place
    }
  }

  /// One per line.
  public var answers: ContiguousArray<Answer> = []
  /// The timers that were kept, one after the other, each with as many words as it has.
  public var words: ContiguousArray<UInt64> = []

  /// Creates the answers to nothing.
  public init() {}
}
