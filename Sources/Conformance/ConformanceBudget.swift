/// How much work a scenario may still do.
///
/// Whatever a script repeats or waits for is paid for here, so that every script ends.
public struct ConformanceBudget: Hashable, Sendable {
  /// The steps granted at the start.
  public let limit: Int
  /// The steps that are left.
  public private(set) var remaining: Int

  /// Grants `limit` steps: operations, rounds of a loop, alarms, and interrupts taken.
  public init(limit: Int = 10_000_000) {
    self.limit = limit
    remaining = limit
  }

  /// Pays for one step.
  public mutating func spend() throws(ConformanceFault) {
    guard remaining > 0 else { throw .workLimit(limit) }
    remaining -= 1
  }
}
