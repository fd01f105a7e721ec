/// What a part of the table found to be new in a round.
@usableFromInline
struct Storing<Explored: World>: Sendable {
  @usableFromInline var table: StateTable<Explored>
  /// Where the new states come in the round's order, and their numbers, in any order.
  @usableFromInline var fresh: ContiguousArray<(order: UInt64, number: UInt32)> = []
  /// The first new state that breaks a property.
  @usableFromInline var violation: Expansion<Explored>.Violation?

  @inlinable
  init(_ table: StateTable<Explored>) { self.table = table }

  /// Stores what the threads of a round came to for this part, and judges what is new.
  ///
  /// - Parameters:
  ///   - part: The part's number.
  ///   - expansions: What the threads came to.
  ///   - start: Any state, for what is not packed.
  ///   - target: The one property to look at, or nil for all.
  ///   - parents: The numbers of the round's states.
  ///   - end: The place in the round's order from which nothing counts: how much is come to behind it depends
  ///     on the threads.
  @inlinable
  mutating func store(
    part: Int, _ expansions: ContiguousArray<Expansion<Explored>>, start: Explored,
    target: Explored.Property?,
    parents: ArraySlice<UInt32>, before end: UInt64
  ) {
    fresh.removeAll(keepingCapacity: true)
    table.roundStart = table.words.count
    for index in expansions.indices {
      table.insert(expansions[index].candidates[part], before: end)
    }
    judge(part: part, start: start, target: target, parents: parents)
  }

  @inlinable
  mutating func judge(
    part: Int, start: Explored, target: Explored.Property?, parents: ArraySlice<UInt32>
  ) {
    var unpacker = StateUnpacker()
    var state = start
    var place = table.roundStart
    if Explored.isRemote { judgeRemotely(start: start, target: target) }
    while place < table.words.count {
      let head = Head(table.words[place])
      if !Explored.isRemote {
        table.load(place, by: &unpacker, into: &state)
        if let property = state.fault(in: target) {
          violation = .first(violation, .init(property: property, head: head.word))
        }
      }
      fresh.append((head.order, StateNumber(part: part, place: place).word))
      let parent = parents[parents.startIndex + head.origin]
      table.words[place] = Head(origin: Int(parent), action: head.action, length: head.length).word
      place += head.length + 1
    }
  }

  /// Judges what is new where a device answers from afar: some dozens of states at once.
  @inlinable
  mutating func judgeRemotely(start: Explored, target: Explored.Property?) {
    var unpacker = StateUnpacker()
    var states: ContiguousArray<Explored> = []
    var heads: ContiguousArray<UInt64> = []
    var place = table.roundStart
    while place < table.words.count {
      let head = Head(table.words[place])
      var state = start
      table.load(place, by: &unpacker, into: &state)
      states.append(state)
      heads.append(head.word)
      place += head.length + 1
      guard states.count == Round<Explored>.chunkSize || place >= table.words.count else {
        continue
      }
      for (head, fault) in zip(heads, Explored.faults(of: &states, in: target)) {
        guard let fault else { continue }
        violation = .first(violation, .init(property: fault, head: head))
      }
      states.removeAll(keepingCapacity: true)
      heads.removeAll(keepingCapacity: true)
    }
  }
}
