/// What an ``Injection`` saw.
public struct InjectionResult: Hashable, Sendable {
  /// What was raised.
  public let interrupt: InjectedInterrupt
  /// The run in which it was raised where the guest halted, and nowhere else.
  public let reference: InjectionOutcome
  /// How often it was raised there.
  public let raises: Int
  /// Each boundary that was tried, in the order in which the guest came by.
  public var rows: [InjectionRow] = []
  /// Whether the walk came to the guest's end.
  public var isComplete = false

  /// What sets a boundary apart from those around it.
  public enum Fault: String, Hashable, Sendable {
    /// The handler was entered less often than the interrupt was raised.
    case lost
    /// It was entered more often.
    case doubled
    /// The guest did not end as from the boundaries around.
    case otherEnd = "other end"
  }

  /// The faults, by row.
  ///
  /// From before the last raise of the walk, a run is the walk's with one interrupt moved: it ends as the walk
  /// does, with as many interrupts taken as are still to be raised. Behind that the interrupt is one more than the
  /// guest waits for, which it may count, or not take any more; but it ends as it did, and takes it once. A boundary
  /// at which the line is closed has no fault.
  public var faults: [Int: Fault] {
    var faults: [Int: Fault] = [:]
    for (index, row) in rows.enumerated() where row.hold != .closed {
      faults[index] = fault(of: row)
    }
    return faults
  }

  private func fault(of row: InjectionRow) -> Fault? {
    let outcome = row.outcome
    guard row.raised < raises else {
      if outcome.taken.count > 1 { return .doubled }
      return outcome.end.isOfKind(reference.end) ? nil : .otherEnd
    }
    let expected = raises - row.raised
    if outcome.taken.count != expected { return outcome.taken.count > expected ? .doubled : .lost }
    return outcome.end == reference.end && outcome.output == reference.output ? nil : .otherEnd
  }
}

extension InjectionOutcome.End {
  /// Whether another end is of the same kind, whatever code or place it has.
  fileprivate func isOfKind(_ other: Self) -> Bool {
    switch (self, other) {
    case (.exited, .exited), (.halted, .halted), (.reset, .reset), (.endless, .endless),
      (.failed, .failed):
      true
    default: false
    }
  }
}
