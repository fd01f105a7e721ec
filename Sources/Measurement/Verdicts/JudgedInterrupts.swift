/// The interrupts of a campaign with their verdicts: one record and one outcome a deadline.
public struct JudgedInterrupts: Sendable {
  /// The records, in the order of the plan; those with their own run have its instant as their
  /// ``Stage/handler``.
  public let records: [InterruptRecord]
  /// What became of each deadline, in the same order.
  public let outcomes: [Classifier.Outcome]
  /// The handler runs, in the order of time.
  public let runs: [HandlerRun]
  /// What each run was, in the same order.
  public let runVerdicts: [RunVerdict]
  /// The counts.
  public let verdicts: Verdicts

  /// Judges a plan by its handler runs.
  ///
  /// - Parameters:
  ///   - records: One for each planned deadline, in ascending order of deadlines.
  ///   - runs: The handler runs, in ascending order of time.
  ///   - rules: The thresholds.
  /// - Throws: ``JudgementError``.
  public init(
    records: [InterruptRecord], runs: [HandlerRun], rules: VerdictRules
  ) throws(JudgementError) {
    do {
      var classifier = try Classifier(plan: records.map(\.planned), rules: rules)
      runVerdicts = try runs.map { run throws(ClassificationError) in try classifier.take(run) }
      (outcomes, verdicts) = try classifier.finish()
    } catch let error as ClassificationError {
      throw .order(error)
    } catch let error as Verdicts.Discrepancy {
      throw .discrepancy(error)
    } catch {
      preconditionFailure("no other error is thrown above: \(error)")
    }
    self.runs = runs
    self.records = zip(records, outcomes).map { record, outcome in
      var record = record
      if outcome.hasOwnRun, let run = outcome.run { record[.handler] = runs[run].instant }
      return record
    }
  }
}

extension Classifier.Outcome {
  /// Whether a run answers this deadline, instead of one before it.
  public var hasOwnRun: Bool {
    switch verdict {
    case .delivered, .late, .early: true
    case .merged, .lost: false
    }
  }
}

/// Why a campaign has no verdicts.
public enum JudgementError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Deadlines or runs are out of order.
  case order(ClassificationError)
  /// Verdicts do not add up.
  case discrepancy(Verdicts.Discrepancy)

  /// The reason.
  public var description: String {
    switch self {
    case .order(let error): "\(error)"
    case .discrepancy(let error): "\(error)"
    }
  }
}
