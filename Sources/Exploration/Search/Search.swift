/// A search of all schedules of a world, breadth first.
///
/// States are expanded in the order in which they were found, so that the first counterexample is a
/// shortest one. A round of them at a time is expanded: the threads take a few states each as they get done,
/// carry out every action on them, and keep what they come to apart by the part of the table in which it
/// belongs. Then they take the parts, one each, and store what is new there. So no two threads ever write to
/// the same place, and none waits before the end of the round. What is new is put into the order of the
/// states and actions that it comes from; so nothing that is reported depends on the number of threads, nor
/// on a fingerprint.
public struct Search<Explored: World>: Sendable {
  /// Where all schedules begin.
  public var start: Explored
  /// What can happen.
  public var alphabet: [Explored.Action]
  /// How far to go.
  public var bounds: SearchBounds
  /// How many threads take part, at least 1.
  public var threads: Int
  /// The one property to look at, or nil for all.
  public var target: Explored.Property?
  /// Asked from time to time, by any thread: whether to end with what there is.
  public var isInterrupted: @Sendable () -> Bool
  /// Told after each round how far the search has come; nil by default.
  public var progress: (@Sendable (SearchProgress) -> Void)?

  /// Creates a search.
  ///
  /// - Parameters:
  ///   - start: Where all schedules begin.
  ///   - alphabet: What can happen; the world's whole alphabet by default, at most 2^16 actions.
  ///   - bounds: How far to go.
  ///   - threads: How many threads take part, at least 1.
  ///   - target: The one property to look at, or nil for all.
  @inlinable
  public init(
    from start: Explored, alphabet: [Explored.Action] = Explored.alphabet,
    bounds: SearchBounds = SearchBounds(), threads: Int = 1, target: Explored.Property? = nil
  ) {
    precondition(alphabet.count <= Int(UInt16.max) + 1, "an action's number has 16 bits")
    precondition(threads >= 1, "a search needs a thread")
    self.start = start
    self.alphabet = alphabet
    self.bounds = bounds
    self.threads = threads
    self.target = target
    isInterrupted = { false }
  }

  /// Searches, until a property is broken or a bound is met.
  ///
  /// - Throws: ``SearchError`` where the host has no more threads.
  @inlinable
  public func run() throws(SearchError) -> SearchOutcome<Explored> {
    let clock = SearchClock(seconds: bounds.seconds)
    var state = Progress(from: start, threads: threads)
    if let property = start.fault(in: target) {
      return state.outcome(.violation, .init(property: property, schedule: []))
    }
    if let outcome = explore(from: &state, until: clock, by: nil) { return outcome }
    return try Team.with(threads) { team in
      guard let outcome = explore(from: &state, until: clock, by: team) else {
        preconditionFailure("a team explores to the end")
      }
      return outcome
    }
  }

  /// Explores level after level.
  ///
  /// - Returns: What came of the search; nil without a team, where one is worth its start.
  @inlinable
  func explore(
    from state: inout Progress, until clock: SearchClock, by team: Team?
  ) -> SearchOutcome<Explored>? {
    while state.depth < bounds.depth {
      if team == nil, threads > 1, state.next.count >= 256 { return nil }
      let level = state.next
      state.next = []
      var expanded = 0
      while expanded < level.count {
        let range = expanded..<min(expanded + Round<Explored>.size, level.count)
        let end = explore(range, of: level, in: &state, until: clock, by: team)
        if let end { return end }
        expanded = range.upperBound
        progress?(report(state, clock))
      }
      if state.next.isEmpty { return state.outcome(.exhausted) }
      state.depth += 1
    }
    return state.outcome(.depth)
  }

  /// Expands a round, and stores what is new.
  ///
  /// - Returns: What came of the search if that is its end.
  @inlinable
  func explore(
    _ range: Range<Int>, of level: ContiguousArray<UInt32>, in state: inout Progress,
    until clock: SearchClock, by team: Team?
  ) -> SearchOutcome<Explored>? {
    // To wake the others costs as much as some states.
    let team = range.count < Round<Explored>.chunkSize * 2 ? nil : team
    expand(range, of: level, in: &state, until: clock, by: team)
    let expansions = state.expansions
    guard expansions.allSatisfy(\.isFinished) else {
      return state.outcome(isInterrupted() ? .interrupted : .seconds)
    }
    let parents = ArraySlice(level[range])
    var violation: Expansion<Explored>.Violation?
    for expansion in expansions { violation = .first(violation, expansion.violation) }
    let order = violation.map { Head($0.head).order } ?? .max
    changeInParallel(&state.parts, by: team) { [start, target] number, part in
      part.store(
        part: number, expansions, start: start, target: target, parents: parents, before: order)
    }
    for part in state.parts { violation = .first(violation, part.violation) }
    if let violation {
      let round = round(range, of: level, in: state)
      return state.outcome(violation, found: round, expansions)
    }
    for expansion in expansions {
      for part in expansion.transitions { state.transitions += part.count }
    }
    state.takeFresh(of: range.count, limit: bounds.states ?? .max)
    let isFull = state.states >= bounds.states ?? .max || state.bytes >= SearchBounds.memory
    return isFull ? state.outcome(.states) : nil
  }

  /// Carries out every action on the states of a round, as many threads side by side.
  @inlinable
  func expand(
    _ range: Range<Int>, of level: ContiguousArray<UInt32>, in state: inout Progress,
    until clock: SearchClock, by team: Team?
  ) {
    let round = round(range, of: level, in: state)
    let shares = Shares(round.chunks)
    changeInParallel(&state.expansions, by: team) { [isInterrupted] _, expansion in
      expansion.begin()
      while let chunk = shares.next() {
        if clock.isOver || isInterrupted() {
          expansion.isFinished = false
          break
        }
        expansion.expand(chunk, of: round)
        // What comes later in the round's order is not looked at any more.
        if expansion.violation != nil { shares.close() }
      }
    }
  }

  @inlinable
  func round(
    _ range: Range<Int>, of level: ContiguousArray<UInt32>, in state: borrowing Progress
  ) -> Round<Explored> {
    var tables: ContiguousArray<StateTable<Explored>> = []
    tables.reserveCapacity(state.parts.count)
    for index in state.parts.indices { tables.append(state.parts[index].table) }
    return Round(
      start: start, alphabet: alphabet, target: target, tables: tables, level: level, range: range)
  }

  @inlinable
  func report(_ state: borrowing Progress, _ clock: SearchClock) -> SearchProgress {
    SearchProgress(
      states: state.states, transitions: state.transitions, depth: state.depth, bytes: state.bytes,
      nanoseconds: clock.elapsed, bounds: bounds)
  }
}
