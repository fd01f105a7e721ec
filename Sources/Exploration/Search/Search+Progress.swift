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
    @inlinable
    mutating func takeFresh(limit: Int) {
      var fresh: ContiguousArray<(order: UInt64, number: UInt32)> = []
      for index in parts.indices { fresh.append(contentsOf: parts[index].fresh) }
      // One run for each part: a sort that finds runs merges them.
      fresh.sort { $0.order < $1.order }
      let count = min(fresh.count, limit - states)
      for index in 0..<count { next.append(fresh[index].number) }
      states += count
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
