/// A search of all schedules of a world, breadth first.
///
/// States are expanded in the order in which they were found, so that the first counterexample is a
/// shortest one. A batch of them at a time is divided among the threads, which carry out every
/// action on every state and keep what the table does not hold; then the table takes over what they
/// kept, in the order of the states and actions it comes from. Looking up is most of the work and
/// is done side by side, since nobody writes then; storing is done by one. So the table fills in
/// the same order as with one thread, and nothing that is reported depends on their number, nor on
/// a fingerprint.
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

  /// How many states are expanded between two looks at the bounds: enough to be worth starting
  /// threads for, and few enough that what the batch finds twice is soon in the table.
  @inlinable static var batchSize: Int { 4096 }

  /// Searches, until a property is broken or a bound is met.
  ///
  /// - Throws: ``SearchError`` where the host has no more threads.
  @inlinable
  public func run() throws(SearchError) -> SearchOutcome<Explored> {
    let deadline = Deadline(seconds: bounds.seconds)
    let limit = bounds.stateLimit(stride: MemoryLayout<Explored>.stride)
    var progress = Progress()
    _ = progress.table.insert(
      start, fingerprint: start.fingerprint, origin: .init(parent: 0, action: 0))
    if let property = start.fault(in: target) {
      return progress.outcome(.violation, .init(property: property, schedule: []))
    }
    while progress.depth < bounds.depth {
      let level = progress.expanded..<progress.table.count
      while progress.expanded < level.upperBound {
        let end = min(progress.expanded + Self.batchSize, level.upperBound)
        let slices = try expand(progress.expanded..<end, of: progress.table, until: deadline)
        guard slices.allSatisfy(\.isFinished) else {
          return progress.outcome(isInterrupted() ? .interrupted : .seconds)
        }
        if let found = progress.take(slices, limit: limit) {
          return progress.outcome(.violation, counterexample(found, in: progress.table))
        }
        if progress.table.count >= limit { return progress.outcome(.states) }
        progress.expanded = end
      }
      if progress.table.count == level.upperBound { return progress.outcome(.exhausted) }
      progress.depth += 1
    }
    return progress.outcome(.depth)
  }

  /// Divides a batch into as many slices as there are threads, and expands them side by side.
  @inlinable
  func expand(
    _ batch: Range<Int>, of table: StateTable<Explored>, until deadline: Deadline
  ) throws(SearchError) -> [Expansion<Explored>] {
    // A thread costs as much as some dozens of states.
    let count = batch.count < 64 ? 1 : threads
    return try inParallel(count) { number in
      let lower = batch.lowerBound + batch.count * number / count
      let upper = batch.lowerBound + batch.count * (number + 1) / count
      var expansion = Expansion<Explored>(target: target)
      expansion.expand(lower..<upper, of: table, by: alphabet) {
        deadline.hasPassed || isInterrupted()
      }
      return expansion
    }
  }

  @inlinable
  func counterexample(
    _ found: Expansion<Explored>.Violation, in table: StateTable<Explored>
  ) -> SearchOutcome<Explored>.Counterexample {
    let path = table.path(to: Int(found.origin.parent)) + [Int(found.origin.action)]
    return .init(property: found.property, schedule: path.map { alphabet[$0] })
  }
}

extension Search {
  /// What a search has seen so far.
  @usableFromInline
  struct Progress {
    @usableFromInline var table = StateTable<Explored>()
    /// How many states have been expanded.
    @usableFromInline var expanded = 0
    /// The most actions in a row after which all states are stored.
    @usableFromInline var depth = 0
    @usableFromInline var transitions = 0

    @inlinable
    init() {}

    /// Stores what a batch has led to, in the order of its states and of the alphabet.
    ///
    /// - Returns: The first violation in that order, if there is one.
    @inlinable
    mutating func take(
      _ slices: [Expansion<Explored>], limit: Int
    ) -> Expansion<Explored>.Violation? {
      for slice in slices {
        transitions += slice.transitions
        for candidate in slice.candidates where table.count < limit {
          _ = table.insert(
            candidate.state, fingerprint: candidate.fingerprint, origin: candidate.origin)
        }
        if let violation = slice.violation { return violation }
      }
      return nil
    }

    @inlinable
    func outcome(
      _ end: SearchEnd, _ counterexample: SearchOutcome<Explored>.Counterexample? = nil
    ) -> SearchOutcome<Explored> {
      SearchOutcome(
        end: end, counterexample: counterexample, states: table.count, transitions: transitions,
        depth: counterexample?.schedule.count ?? depth, bytesPerState: table.bytesPerState)
    }
  }
}
