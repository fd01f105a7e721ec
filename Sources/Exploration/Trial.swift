/// A world that is ready to be searched and replayed, whatever its type.
public struct Trial: Sendable {
  private let runSearch: @Sendable (SearchBounds, Int) throws -> SearchReport
  private let runReplay: @Sendable ([String]) throws(ReplayError) -> Replay

  /// Makes a world ready.
  ///
  /// - Parameters:
  ///   - start: Where all schedules begin.
  ///   - alphabet: What can happen; the world's whole alphabet by default.
  public init<Explored: World>(
    _ start: Explored, alphabet: [Explored.Action] = Explored.alphabet
  ) {
    runSearch = { bounds, threads in
      let search = Search(from: start, alphabet: alphabet, bounds: bounds, threads: threads)
      return SearchReport(try search.run())
    }
    runReplay = { words throws(ReplayError) in try Replay(words, in: start) }
  }

  /// Searches all schedules.
  ///
  /// - Throws: ``SystemError`` where the host has no more threads.
  public func search(_ bounds: SearchBounds, threads: Int) throws -> SearchReport {
    try runSearch(bounds, threads)
  }

  /// Goes through one schedule.
  ///
  /// - Throws: ``ReplayError`` for a word that no action has.
  public func replay(_ schedule: [String]) throws(ReplayError) -> Replay {
    try runReplay(schedule)
  }
}

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
