/// How far a search has come.
public struct SearchProgress: Hashable, Sendable {
  /// How many distinct states are stored.
  public var states: Int
  /// How many actions were carried out.
  public var transitions: Int
  /// The most actions in a row after which all states have been looked at.
  public var depth: Int
  /// How many bytes the states take.
  public var bytes: Int
  /// Nanoseconds since the start.
  public var nanoseconds: UInt64
  /// How far the search may go.
  public var bounds: SearchBounds

  @usableFromInline
  init(
    states: Int, transitions: Int, depth: Int, bytes: Int, nanoseconds: UInt64,
    bounds: SearchBounds
  ) {
    self.states = states
    self.transitions = transitions
    self.depth = depth
    self.bytes = bytes
    self.nanoseconds = nanoseconds
    self.bounds = bounds
  }

  /// States stored in a second, on average since the start.
  public var rate: Double { Double(states) / max(Double(nanoseconds) / 1e9, 1e-9) }

  /// The share of the nearest bound that is used up, 0 to 1: of seconds, states or memory.
  ///
  /// A depth says nothing of it, since the last level is mostly as much as all before.
  public var share: Double {
    let seconds = Double(nanoseconds) / 1e9 / max(Double(bounds.seconds), 1e-9)
    let stored = bounds.states.map { Double(states) / Double($0) } ?? 0
    return min(1, max(seconds, stored, Double(bytes) / Double(SearchBounds.memory)))
  }
}
