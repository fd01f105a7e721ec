/// A ``SearchOutcome`` in words.
public struct SearchReport: Hashable, Sendable {
  /// Why the search ended.
  public var end: SearchEnd
  /// What is broken, if anything is.
  public var property: String?
  /// The actions that lead there.
  public var schedule: [String]
  /// How many distinct states were stored.
  public var states: Int
  /// How many actions were carried out.
  public var transitions: Int
  /// The most actions in a row after which all states have been looked at.
  public var depth: Int
  /// How many bytes each stored state took.
  public var bytesPerState: Int

  @inlinable
  init(_ outcome: SearchOutcome<some World>) {
    end = outcome.end
    property = outcome.counterexample?.property.rawValue
    schedule = outcome.counterexample?.schedule.map(\.description) ?? []
    states = outcome.states
    transitions = outcome.transitions
    depth = outcome.depth
    bytesPerState = outcome.bytesPerState
  }
}

extension SearchReport {
  /// What ended the search, and how much it saw, in a line without an end.
  public var summary: String {
    let reason =
      switch end {
      case .exhausted: "held in every state (exhausted)"
      case .depth:
        "held in every state that \(counted(depth, "action")) lead\(depth == 1 ? "s" : "") to (depth)"
      case .states: "held as far as it was searched (states)"
      case .seconds: "held as far as it was searched (seconds)"
      case .interrupted: "held as far as it was searched (interrupted)"
      case .violation: "broken: \(property ?? "")"
      }
    return
      "\(reason); \(counted(states, "state")), \(counted(transitions, "transition")), depth \(depth), "
      + "\(counted(bytesPerState, "byte")) per state"
  }
}
