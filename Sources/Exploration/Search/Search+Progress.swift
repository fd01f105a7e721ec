extension Search {
  /// What a search has seen so far.
  @usableFromInline
  struct Progress: Sendable {
    @usableFromInline var parts: ContiguousArray<Storing<Explored>>
    /// What a round leads to, a part for each thread.
    @usableFromInline var expansions: ContiguousArray<Expansion<Explored>>
    /// The numbers of the states that are still to be expanded, in the order in which they were found.
    @usableFromInline var next: ContiguousArray<UInt32> = []
    @usableFromInline var states = 1
    /// The most actions in a row after which all states are stored.
    @usableFromInline var depth = 0
    @usableFromInline var transitions = 0

    /// Stores the start, which is its own parent.
    @inlinable
    init(from start: Explored, threads: Int) {
      expansions = ContiguousArray(repeating: Expansion(), count: threads)
      parts = ContiguousArray(repeating: Storing(StateTable()), count: StateNumber.parts)
      var start = start
      var expansion = Expansion<Explored>()
      expansion.keep(&start, origin: 0, action: 0)
      for part in parts.indices {
        guard let entry = expansion.candidates[part].entries.first else { continue }
        parts[part].table.insert(entry, of: expansion.candidates[part])
        let number = StateNumber(part: part, place: 0).word
        let length = Head(entry.head).length
        parts[part].table.words[0] = Head(origin: Int(number), action: 0, length: length).word
        next = [number]
      }
    }

    /// How many bytes the states take.
    @inlinable
    var bytes: Int {
      var bytes = 0
      for index in parts.indices { bytes += parts[index].table.bytes }
      return bytes
    }

    /// Takes over what a round has found, in the order of its states and of the alphabet.
    ///
    /// - Parameters:
    ///   - parents: How many states the round has.
    ///   - limit: The most states of the search.
    @inlinable
    mutating func takeFresh(of parents: Int, limit: Int) {
      let fresh = sortedFresh(of: parents)
      let count = min(fresh.count, limit - states)
      for index in 0..<count { next.append(fresh[index].number) }
      states += count
    }

    /// What a round has found, in that order.
    ///
    /// *Why not sorted by comparisons alone:* all threads wait for it. Parents have small numbers, and few children
    /// each that are new.
    @inlinable
    func sortedFresh(of parents: Int) -> ContiguousArray<(order: UInt64, number: UInt32)> {
      var starts = ContiguousArray(repeating: 0, count: parents + 1)
      for part in parts.indices {
        for child in parts[part].fresh { starts[Head.origin(of: child.order) + 1] += 1 }
      }
      for parent in 0..<parents { starts[parent + 1] += starts[parent] }
      var ends = starts
      var sorted = ContiguousArray(
        repeating: (order: UInt64(0), number: UInt32(0)), count: starts[parents])
      for part in parts.indices {
        for child in parts[part].fresh {
          let parent = Head.origin(of: child.order)
          var place = ends[parent]
          while place > starts[parent], sorted[place - 1].order > child.order {
            sorted[place] = sorted[place - 1]
            place -= 1
          }
          sorted[place] = child
          ends[parent] += 1
        }
      }
      return sorted
    }

    @inlinable
    func outcome(
      _ end: SearchEnd, _ counterexample: SearchOutcome<Explored>.Counterexample? = nil
    ) -> SearchOutcome<Explored> {
      SearchOutcome(
        end: end, counterexample: counterexample, states: states, transitions: transitions,
        depth: counterexample?.schedule.count ?? depth, bytesPerState: bytes / max(1, stored))
    }

    @inlinable
    var stored: Int {
      var count = 0
      for index in parts.indices { count += parts[index].table.count }
      return count
    }

    /// What came of a search that ends with a violation, as if one thread had gone through the round and stopped
    /// there.
    @inlinable
    mutating func outcome(
      _ violation: Expansion<Explored>.Violation, found round: borrowing Round<Explored>,
      _ expansions: ContiguousArray<Expansion<Explored>>
    ) -> SearchOutcome<Explored> {
      let head = Head(violation.head)
      transitions += round.transitions(upTo: head, expansions)
      for part in parts { states += part.fresh.count { $0.order < head.order } }
      let parent = StateNumber(round.level[round.range.lowerBound + head.origin])
      let alphabet = round.alphabet
      let schedule = (path(to: parent) + [head.action]).map { alphabet[$0] }
      return outcome(.violation, .init(property: violation.property, schedule: schedule))
    }

    /// The actions that led to a state, as places in the alphabet.
    @inlinable
    func path(to state: StateNumber) -> [Int] {
      var path: [Int] = []
      var number = state
      while true {
        let head = Head(parts[number.part].table.words[number.place])
        if head.origin == Int(number.word) { return path.reversed() }
        path.append(head.action)
        number = StateNumber(UInt32(head.origin))
      }
    }
  }
}
