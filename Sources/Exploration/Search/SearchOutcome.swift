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
/// Everything in it but a ``SearchEnd/seconds`` or an interruption follows from the world and the bounds
/// alone: it is the same for any number of threads.
public struct SearchOutcome<Explored: World>: Sendable {
  /// The first of the shortest ways to break a property.
  public struct Counterexample: Hashable, Sendable {
    /// What is broken.
    public var property: Explored.Property
    /// The actions that lead there.
    public var schedule: [Explored.Action]

    @inlinable
    init(property: Explored.Property, schedule: [Explored.Action]) {
      self.property = property
      self.schedule = schedule
    }
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

  @inlinable
  init(
    end: SearchEnd, counterexample: Counterexample?, states: Int, transitions: Int, depth: Int,
    bytesPerState: Int
  ) {
    self.end = end
    self.counterexample = counterexample
    self.states = states
    self.transitions = transitions
    self.depth = depth
    self.bytesPerState = bytesPerState
  }
}
