/// What one thread's share of a round leads to.
@usableFromInline
struct Expansion<Explored: World>: Sendable {
  /// A property broken by an action, or by the state that it leads to, and where in the round's order.
  @usableFromInline
  struct Violation: Sendable {
    @usableFromInline let property: Explored.Property
    /// A ``Head`` without a length.
    @usableFromInline let head: UInt64

    @inlinable
    init(property: Explored.Property, head: UInt64) {
      self.property = property
      self.head = head
    }

    /// The first of those that there are.
    @inlinable
    static func first(_ left: Self?, _ right: Self?) -> Self? {
      guard let left, let right else { return left ?? right }
      return Head(left.head).order <= Head(right.head).order ? left : right
    }
  }

  /// What was come to, for each part of the table.
  @usableFromInline var candidates: ContiguousArray<Candidates<Explored>>
  /// How many actions were carried out in each of the chunks that this thread took.
  @usableFromInline var transitions: [(chunk: Int, count: Int)] = []
  /// The first action that broke a property.
  @usableFromInline var violation: Violation?
  /// Whether there was time for all.
  @usableFromInline var isFinished = true

  @usableFromInline var packer = StatePacker()
  @usableFromInline var unpacker = StateUnpacker()
  @usableFromInline var recent = RecentStates()
  /// The chunk's states, where a device answers from afar; kept for their memory.
  @usableFromInline var parents: ContiguousArray<Explored> = []

  @inlinable
  init() { candidates = ContiguousArray(repeating: Candidates(), count: StateNumber.parts) }

  /// Forgets the last round, but for what is known to be stored.
  @inlinable
  mutating func begin() {
    for part in candidates.indices { candidates[part].removeAll() }
    transitions.removeAll(keepingCapacity: true)
    (violation, isFinished) = (nil, true)
  }

  /// Carries out every action on the states of a chunk, up to the first that breaks a property.
  @inlinable
  mutating func expand(_ chunk: Int, of round: borrowing Round<Explored>) {
    guard !Explored.isRemote else { return expandRemotely(chunk, of: round) }
    var count = 0
    var parent = round.start
    var state = round.start
    for position in round.positions(of: chunk) {
      round.load(position, by: &unpacker, into: &parent)
      for action in round.alphabet.indices {
        state.assume(parent)
        let step = state.perform(round.alphabet[action])
        guard take(step, &state, round.target, origin: position, action: action) else {
          transitions.append((chunk, count + 1))
          return
        }
        if !step.isImpossible { count += 1 }
      }
    }
    transitions.append((chunk, count))
  }

  /// The same for a device that answers from afar: the chunk's states all at once.
  @inlinable
  mutating func expandRemotely(_ chunk: Int, of round: borrowing Round<Explored>) {
    var count = 0
    let positions = round.positions(of: chunk)
    let target = round.target
    var states = ContiguousArray<Explored>()
    swap(&states, &parents)
    while states.count < positions.count { states.append(round.start) }
    states.removeLast(states.count - positions.count)
    for place in states.indices {
      round.load(positions.lowerBound + place, by: &unpacker, into: &states[place])
    }
    // Nothing is compared with what was loaded last.
    unpacker.words.removeAll()
    Explored.perform(round.alphabet, on: &states) { place, action, step, state in
      if !step.isImpossible { count += 1 }
      return take(step, &state, target, origin: positions.lowerBound + place, action: action)
    }
    swap(&states, &parents)
    transitions.append((chunk, count))
  }

  /// Takes what an action came to.
  ///
  /// - Returns: Whether to continue: it broke no property.
  @inlinable @inline(__always)
  mutating func take(
    _ step: Explored.Step, _ state: inout Explored, _ target: Explored.Property?,
    origin: Int, action: Int
  ) -> Bool {
    switch step {
    case .impossible: return true
    case .violated(let property) where target ?? property == property:
      let head = Head(origin: origin, action: action, length: 0).word
      violation = .first(violation, Violation(property: property, head: head))
      return false
    case .violated, .done:
      keep(&state, origin: origin, action: action)
      return true
    }
  }

  @inlinable @inline(__always)
  mutating func keep(_ state: inout Explored, origin: Int, action: Int) {
    guard Explored.isPacked else {
      let fingerprint = state.fingerprint
      candidates[StateNumber.part(of: fingerprint)].append(
        whole: state, fingerprint: fingerprint, origin: origin, action: action)
      return
    }
    packer.begin()
    state.code(by: &packer)
    packer.finish()
    // An action that changed nothing: its parent is known.
    if packer.words.isEqual(to: &unpacker.words) { return }
    var fingerprint = Fingerprint()
    for index in 0..<packer.words.count { fingerprint.combine(packer.words[index]) }
    if recent.keep(&packer.words, fingerprint: fingerprint.value) { return }
    candidates[StateNumber.part(of: fingerprint.value)].append(
      &packer.words, fingerprint: fingerprint.value, origin: origin, action: action)
  }
}

/// Some states of a level, in the order in which they were found, which are expanded side by side.
@usableFromInline
struct Round<Explored: World>: Sendable {
  /// Any state, for what is not packed.
  @usableFromInline let start: Explored
  @usableFromInline let alphabet: [Explored.Action]
  @usableFromInline let target: Explored.Property?
  @usableFromInline let tables: ContiguousArray<StateTable<Explored>>
  /// The tables' words.
  @usableFromInline let words: ContiguousArray<ContiguousArray<UInt64>>
  /// The numbers of the level's states.
  @usableFromInline let level: ContiguousArray<UInt32>
  /// Which of them are of this round.
  @usableFromInline let range: Range<Int>

  /// How many states a round has: what they lead to fits a cache, and is worth starting threads for.
  @inlinable static var size: Int { 4096 }
  /// How many states a thread takes at a time.
  @inlinable static var chunkSize: Int { 32 }

  @inlinable
  init(
    start: Explored, alphabet: [Explored.Action], target: Explored.Property?,
    tables: ContiguousArray<StateTable<Explored>>, level: ContiguousArray<UInt32>,
    range: Range<Int>
  ) {
    self.start = start
    self.alphabet = alphabet
    self.target = target
    self.tables = tables
    words = ContiguousArray(tables.lazy.map(\.words))
    self.level = level
    self.range = range
  }

  @inlinable var chunks: Int { (range.count + Self.chunkSize - 1) / Self.chunkSize }

  /// The places in the round of a chunk's states.
  @inlinable
  func positions(of chunk: Int) -> Range<Int> {
    chunk * Self.chunkSize..<min((chunk + 1) * Self.chunkSize, range.count)
  }

  /// Makes `world` the state at a place in the round.
  @inlinable
  func load(_ position: Int, by unpacker: inout StateUnpacker, into world: inout Explored) {
    let number = StateNumber(level[range.lowerBound + position])
    guard Explored.isPacked else {
      return tables[number.part].load(number.place, by: &unpacker, into: &world)
    }
    // What is taken out of an array is retained, and all threads count in the same places: so not the whole table.
    unpacker.begin(with: words[number.part], at: number.place)
    world.code(by: &unpacker)
  }

  /// How many actions were carried out up to a place in the round's order, itself included, by one thread
  /// after the other.
  @inlinable
  func transitions(upTo head: Head, _ expansions: ContiguousArray<Expansion<Explored>>) -> Int {
    let last = head.origin / Self.chunkSize
    var count = 0
    for expansion in expansions {
      for part in expansion.transitions where part.chunk < last { count += part.count }
    }
    var unpacker = StateUnpacker()
    let first = positions(of: last).lowerBound
    var parents = ContiguousArray(repeating: start, count: head.origin - first + 1)
    for place in parents.indices { load(first + place, by: &unpacker, into: &parents[place]) }
    func visit(_ place: Int, _ action: Int, _ step: Explored.Step, _ after: inout Explored) -> Bool
    {
      if !step.isImpossible { count += 1 }
      return first + place < head.origin || action < head.action
    }
    // What a world that is not remote makes of the first is its own business.
    if Explored.isRemote {
      Explored.perform(alphabet, on: &parents, visit: visit)
    } else {
      Explored.performInTurn(alphabet, on: &parents, visit: visit)
    }
    return count
  }
}
