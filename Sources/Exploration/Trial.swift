/// A world that is ready to be searched and replayed, whatever its type.
public struct Trial: Sendable {
  private let runSearch:
    @Sendable (SearchBounds, Int, String?, @escaping @Sendable () -> Bool) throws -> SearchReport
  private let runReplay: @Sendable ([String], String?) throws(ReplayError) -> Replay

  /// Makes a world ready.
  ///
  /// - Parameters:
  ///   - start: Where all schedules begin.
  ///   - alphabet: What can happen; the world's whole alphabet by default.
  public init<Explored: World>(
    _ start: Explored, alphabet: [Explored.Action] = Explored.alphabet
  ) {
    runSearch = { bounds, threads, property, isInterrupted in
      var search = Search(
        from: start, alphabet: alphabet, bounds: bounds, threads: threads,
        target: property.flatMap(Explored.Property.init(rawValue:)))
      search.isInterrupted = isInterrupted
      return SearchReport(try search.run())
    }
    runReplay = { words, property throws(ReplayError) in
      try Replay(words, in: start, for: property)
    }
  }

  /// Searches all schedules.
  ///
  /// - Parameters:
  ///   - bounds: How far to go.
  ///   - threads: How many threads take part, at least 1.
  ///   - property: The one property to look at, or nil for all.
  ///   - isInterrupted: Asked from time to time, by any thread: whether to end with what there is.
  /// - Returns: What came of it.
  /// - Throws: ``SystemError`` where the host has no more threads.
  public func search(
    _ bounds: SearchBounds, threads: Int, for property: String? = nil,
    unless isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) throws -> SearchReport {
    try runSearch(bounds, threads, property, isInterrupted)
  }

  /// Goes through one schedule.
  ///
  /// - Parameters:
  ///   - schedule: The actions' words.
  ///   - property: The one property to look at, or nil for all.
  /// - Returns: The steps, and how it ended.
  /// - Throws: ``ReplayError`` for a word that no action has.
  public func replay(
    _ schedule: [String], for property: String? = nil
  ) throws(ReplayError) -> Replay {
    try runReplay(schedule, property)
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
