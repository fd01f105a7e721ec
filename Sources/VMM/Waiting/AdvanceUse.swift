/// How long before their deadlines a run's vCPUs were entered, and what their guests' stamps say of it.
public struct AdvanceUse: Hashable, Sendable {
  /// The longest advance, in nanoseconds; 0 for none.
  public internal(set) var nanoseconds: UInt64 = 0
  /// The least time that an entry was seen to take, in nanoseconds; nil where none was seen.
  public internal(set) var leastEntry: UInt64?
  /// How many entries were early.
  public internal(set) var earlyEntries: UInt64 = 0

  /// No advance.
  public init() {}

  mutating func add(_ other: AdvanceUse) {
    nanoseconds = max(nanoseconds, other.nanoseconds)
    leastEntry = [leastEntry, other.leastEntry].compactMap(\.self).min()
    earlyEntries &+= other.earlyEntries
  }
}
