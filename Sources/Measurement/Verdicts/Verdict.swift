/// What became of one planned deadline; every one has exactly one verdict.
public enum Verdict: String, Hashable, Sendable, CaseIterable {
  /// A handler run answers it, no later than the budget after the planned deadline.
  case delivered
  /// A handler run answers it, more than the budget after the planned deadline.
  case late
  /// It was due when a handler run answered an earlier one, and had no separate run: one run
  /// covers several deadlines. Its latency counts to that run.
  case merged
  /// No handler run answered or covered it. It has no latency.
  case lost
  /// A handler run answers it before the planned deadline. Its latency is negative.
  case early
}

/// What one run of the guest's handler was; every run is exactly one of these.
public enum RunVerdict: Hashable, Sendable {
  /// It answers the deadline with this number, and covers the merged ones that follow it.
  case answers(deadline: Int)
  /// It repeats what is answered already: there are more runs than deadlines.
  case duplicated
  /// Nothing was planned for it, or the guest found the timer's condition not met.
  case spurious
}

/// The thresholds that verdicts depend on.
public struct VerdictRules: Hashable, Sendable {
  /// The greatest latency that still counts as delivered, in nanoseconds.
  public var budget: UInt64
  /// How long before the next planned deadline a run still counts as that deadline's, in
  /// nanoseconds, where the run does not say which deadline it is for.
  ///
  /// At most half the shortest period: a run nearer to the deadline before is its repetition.
  public var earlyWindow: UInt64

  /// Creates the rules.
  public init(budget: UInt64, earlyWindow: UInt64) {
    self.budget = budget
    self.earlyWindow = earlyWindow
  }
}

/// One run of the guest's handler, as the guest and the devices saw it.
public struct HandlerRun: Hashable, Sendable {
  /// When the guest executed the handler's first instruction, in nanoseconds.
  public var instant: UInt64
  /// Whether the guest found the timer's condition met; true where it has no way to tell.
  public var isConditionMet: Bool
  /// The numbers of the deadlines that raised this interrupt, where that is known: the guest that
  /// armed them knows, a count of anonymous ticks does not.
  public var deadlines: ClosedRange<Int>?

  /// Creates a run.
  public init(at instant: UInt64, isConditionMet: Bool = true, deadlines: ClosedRange<Int>? = nil) {
    self.instant = instant
    self.isConditionMet = isConditionMet
    self.deadlines = deadlines
  }
}
