/// How far a search may go.
public struct SearchBounds: Hashable, Sendable {
  /// The most actions in a row.
  public var depth: Int
  /// The most distinct states that are stored; nil for as many as 2 GiB hold, what leads to them not counted.
  public var states: Int?
  /// The most seconds.
  public var seconds: UInt64

  /// Creates bounds.
  public init(depth: Int = .max, states: Int? = nil, seconds: UInt64 = 600) {
    self.depth = depth
    self.states = states
    self.seconds = seconds
  }

  /// The most states of this size, whose numbers have 32 bits.
  func stateLimit(stride: Int) -> Int {
    min(states ?? max(1, (2 << 30) / stride), Int(UInt32.max) - 1)
  }
}

/// Why a search ended.
public enum SearchEnd: String, Hashable, Sendable {
  /// Every state that can be reached has been reached.
  case exhausted
  /// Every state has been reached that as many actions lead to as were allowed.
  case depth
  /// There are more states than were allowed.
  case states
  /// It took longer than was allowed.
  case seconds
  /// It was interrupted from outside.
  case interrupted
  /// A property was broken.
  case violation
}

/// What came of a search.
///
/// Everything in it but a ``SearchEnd/seconds`` or an interruption follows from the world and the bounds alone: it is
/// the same for any number of threads.
public struct SearchOutcome<Explored: World>: Sendable {
  /// The first of the shortest ways to break a property.
  public struct Counterexample: Hashable, Sendable {
    /// What is broken.
    public var property: Explored.Property
    /// The actions that lead there.
    public var schedule: [Explored.Action]
  }

  /// Why it ended.
  public var end: SearchEnd
  /// What it found.
  public var counterexample: Counterexample?
  /// How many distinct states were stored.
  public var states: Int
  /// How many actions were carried out, those that led to a known state included.
  public var transitions: Int
  /// The most actions in a row after which all states have been looked at.
  public var depth: Int
  /// How many bytes each stored state took.
  public var bytesPerState: Int
}
