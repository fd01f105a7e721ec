/// How long before a deadline the guest is to be entered.
public enum AdvancePolicy: Hashable, Sendable {
  /// Not before the deadline.
  case off
  /// By so many nanoseconds, as long as no entry was early.
  case fixed(UInt64)
  /// By what an entry takes at least, less a margin.
  case learnt
}

/// What is known of how long entries take.
public struct AdvanceState: Hashable, Sendable {
  /// How long before a deadline the guest is to be entered.
  public var policy: AdvancePolicy
  /// The least time that an entry was seen to take, in nanoseconds; nil where none was seen.
  public var least: UInt64?
  /// How many entries were early: the guest ran before the deadline.
  public var earlyEntries: UInt64 = 0

  /// Creates the state before the first entry.
  ///
  /// - Parameters:
  ///   - policy: How long before a deadline the guest is to be entered.
  ///   - least: The least time that entries took on this host before, in nanoseconds.
  @inlinable
  public init(policy: AdvancePolicy = .off, least: UInt64? = nil) {
    self.policy = policy
    self.least = least
  }
}
