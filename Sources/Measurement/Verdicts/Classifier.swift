/// Gives every planned deadline and every handler run its verdict, one run at a time.
///
/// A run that found the condition not met is spurious, whatever was due. Any other run that names
/// its deadlines answers the first of them that no run before it answered, and covers those of the
/// rest that are due. Deadlines before that one which nothing answered stay lost: interrupts of one
/// timer do not overtake each other. If all that it names is answered already, it is duplicated; if
/// it names what was never planned, spurious.
///
/// A run that names none is matched by time:
/// 1. It answers the oldest deadline that became due since the run before, and covers the rest.
/// 2. If none did, it answers the oldest that the run before only covered: that one had a run of its
///    own after all, as when a controller held one interrupt pending and one in service.
/// 3. If there is none, it is early for the next deadline, if that is at most
///    ``VerdictRules/earlyWindow`` away.
/// 4. Else it is duplicated, or spurious if no deadline came before it.
///
/// *Consequence:* among runs that name nothing, a deadline whose interrupt was lost and one that was
/// merged with the next look the same from outside. Both count as merged, the latency to the next
/// run included; lost are only those after the last run. A campaign that can name deadlines should.
public struct Classifier: Sendable {
  /// What became of one deadline.
  public struct Outcome: Hashable, Sendable {
    /// The verdict.
    public var verdict: Verdict
    /// The number of the run that answers or covers the deadline, from 0; nil for a lost one.
    public var run: Int?
    /// From the planned deadline to that run, in nanoseconds; nil for a lost one.
    public var latency: Int64?
  }

  private let plan: [UInt64]
  private let rules: VerdictRules
  private var outcomes: [Outcome]
  /// Deadlines before this one have been answered, covered or passed over.
  private var next = 0
  /// Deadlines before this one are planned for no later than the latest run.
  private var due = 0
  /// What the latest answering run covered, and could still have its own run.
  private var covered = 0..<0
  private var latest: UInt64 = 0
  private var runs = 0
  private var duplicated = 0
  private var spurious = 0

  /// Prepares to judge a plan.
  ///
  /// - Parameters:
  ///   - plan: Planned deadlines in nanoseconds, in ascending order; equal ones are allowed.
  ///   - rules: The thresholds.
  /// - Throws: ``ClassificationError/planOutOfOrder(deadline:)``.
  public init(plan: [UInt64], rules: VerdictRules) throws(ClassificationError) {
    for index in plan.indices.dropFirst() where plan[index] < plan[index - 1] {
      throw .planOutOfOrder(deadline: index)
    }
    self.plan = plan
    self.rules = rules
    outcomes = Array(repeating: Outcome(verdict: .lost), count: plan.count)
  }

  /// Judges the next run.
  ///
  /// - Parameter run: A run no earlier than the one before.
  /// - Returns: What the run was. A later run can still take over a deadline that this one covers.
  /// - Throws: ``ClassificationError/runOutOfOrder(run:)``.
  @discardableResult
  public mutating func take(_ run: HandlerRun) throws(ClassificationError) -> RunVerdict {
    guard run.instant >= latest else { throw .runOutOfOrder(run: runs) }
    latest = run.instant
    while due < plan.count && plan[due] <= run.instant { due += 1 }
    let verdict = judge(run)
    switch verdict {
    case .answers: break
    case .duplicated: duplicated += 1
    case .spurious: spurious += 1
    }
    runs += 1
    return verdict
  }

  private mutating func judge(_ run: HandlerRun) -> RunVerdict {
    guard run.isConditionMet else { return .spurious }
    if let named = run.deadlines {
      guard named.lowerBound >= 0 && named.upperBound < plan.count else { return .spurious }
      guard named.upperBound >= next else { return .duplicated }
      return answer(max(next, named.lowerBound), coveringTo: min(named.upperBound + 1, due), run)
    }
    if next < due { return answer(next, coveringTo: due, run) }
    if let own = covered.popFirst() {
      judge(own, run)
      return .answers(deadline: own)
    }
    if next < plan.count && plan[next] - run.instant <= rules.earlyWindow {
      return answer(next, coveringTo: next, run)
    }
    return next > 0 ? .duplicated : .spurious
  }

  private mutating func answer(
    _ first: Int, coveringTo end: Int, _ run: HandlerRun
  ) -> RunVerdict {
    judge(first, run)
    covered = first + 1..<max(first + 1, end)
    for index in covered {
      outcomes[index] = Outcome(
        verdict: .merged, run: runs, latency: signedDifference(run.instant, plan[index]))
    }
    next = covered.upperBound
    return .answers(deadline: first)
  }

  /// Gives a deadline its own run.
  private mutating func judge(_ deadline: Int, _ run: HandlerRun) {
    let latency = signedDifference(run.instant, plan[deadline])
    let verdict: Verdict =
      if latency < 0 { .early } else if UInt64(latency) <= rules.budget { .delivered } else {
        .late
      }
    outcomes[deadline] = Outcome(verdict: verdict, run: runs, latency: latency)
  }

  /// Ends the campaign: what nothing answered or covered by now is lost.
  ///
  /// - Returns: The outcome of every deadline, in the order of the plan, and the counts.
  /// - Throws: ``Verdicts/Discrepancy``, if deadlines or runs were miscounted.
  public func finish() throws(Verdicts.Discrepancy) -> (outcomes: [Outcome], verdicts: Verdicts) {
    var classes: [Verdict: Int] = [:]
    for outcome in outcomes { classes[outcome.verdict, default: 0] += 1 }
    let verdicts = try Verdicts(
      classes, planned: plan.count, runs: runs, duplicated: duplicated, spurious: spurious)
    return (outcomes, verdicts)
  }
}

/// Why deadlines and runs could not be matched.
public enum ClassificationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The deadline with this number is planned before its predecessor.
  case planOutOfOrder(deadline: Int)
  /// The run with this number is earlier than its predecessor.
  case runOutOfOrder(run: Int)

  /// What is out of order.
  public var description: String {
    switch self {
    case .planOutOfOrder(let deadline): "deadline \(deadline) is planned before the one it follows"
    case .runOutOfOrder(let run): "handler run \(run) is earlier than the one it follows"
    }
  }
}
