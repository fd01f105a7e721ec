/// A type-erased world, ready to be searched and replayed.
///
/// *Why inlinable:* where it is made the world's type is known, and the search is specialised for it; made of
/// generic code it is several times slower.
public struct AnyWorld: Sendable {
  @usableFromInline
  let runSearch:
    @Sendable (
      SearchBounds, Int, String?, @escaping @Sendable () -> Bool,
      (@Sendable (SearchProgress) -> Void)?
    ) throws(SearchError) -> SearchReport
  @usableFromInline
  let runWalk:
    @Sendable (
      UInt64, UInt64, Shard, String?, @escaping @Sendable () -> Bool,
      (@Sendable (WalkReport) -> Void)?
    ) -> WalkReport
  @usableFromInline
  let listActions: @Sendable () -> [(word: String, actor: Actor)]
  @usableFromInline
  let runReplay: @Sendable ([String], String?) throws(ReplayError) -> Replay

  /// Makes a world ready.
  ///
  /// - Parameters:
  ///   - start: Where all schedules begin.
  ///   - alphabet: What can happen; the world's whole alphabet by default.
  @inlinable
  public init<Explored: World>(
    _ start: Explored, alphabet: [Explored.Action] = Explored.alphabet
  ) {
    runSearch = { bounds, threads, property, isInterrupted, progress throws(SearchError) in
      var search = Search(
        from: start, alphabet: alphabet, bounds: bounds, threads: threads,
        target: property.flatMap(Explored.Property.init(rawValue:)))
      search.isInterrupted = isInterrupted
      search.progress = progress
      return SearchReport(try search.run())
    }
    runWalk = { seed, seconds, shard, property, isInterrupted, progress in
      var walk = Walk(
        from: start, alphabet: alphabet, seed: seed, shard: shard,
        target: property.flatMap(Explored.Property.init(rawValue:)))
      walk.isInterrupted = isInterrupted
      walk.progress = progress
      return walk.run(seconds: seconds)
    }
    listActions = { alphabet.map { ($0.description, Explored.actor(of: $0)) } }
    runReplay = { words, property throws(ReplayError) in
      try Replay(words, in: start, for: property)
    }
  }

  /// What can happen: each action by its word, and who acts.
  public var actions: [(word: String, actor: Actor)] { listActions() }

  /// Searches all schedules.
  ///
  /// - Parameters:
  ///   - bounds: How far to go.
  ///   - threads: How many threads take part, at least 1.
  ///   - property: The one property to look at, or nil for all.
  ///   - isInterrupted: Asked from time to time, by any thread: whether to end with what there is.
  ///   - progress: Told from time to time how far the search has come; nil by default.
  /// - Returns: What came of it.
  /// - Throws: ``SearchError`` where the host has no more threads.
  public func search(
    _ bounds: SearchBounds, threads: Int, for property: String? = nil,
    unless isInterrupted: @escaping @Sendable () -> Bool = { false },
    progress: (@Sendable (SearchProgress) -> Void)? = nil
  ) throws(SearchError) -> SearchReport {
    try runSearch(bounds, threads, property, isInterrupted, progress)
  }

  /// Goes through random long schedules.
  ///
  /// - Parameters:
  ///   - seed: What they follow from.
  ///   - seconds: The most seconds.
  ///   - shard: The share of them.
  ///   - property: The one property to look at, or nil for all.
  ///   - isInterrupted: Asked from time to time: whether to end with what there is.
  ///   - progress: Told before each walk what came of those before; nil by default.
  /// - Returns: What came of it; a schedule that breaks a property is shrunk.
  public func walk(
    seed: UInt64, seconds: UInt64, shard: Shard = .whole, for property: String? = nil,
    unless isInterrupted: @escaping @Sendable () -> Bool = { false },
    progress: (@Sendable (WalkReport) -> Void)? = nil
  ) -> WalkReport {
    runWalk(seed, seconds, shard, property, isInterrupted, progress)
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
