/// What one thread's share of a batch leads to.
@usableFromInline
struct Expansion<Explored: World>: Sendable {
  /// A state that the table did not hold.
  @usableFromInline
  struct Candidate: Sendable {
    @usableFromInline let state: Explored
    @usableFromInline let fingerprint: UInt64
    @usableFromInline let origin: StateTable<Explored>.Origin

    @inlinable
    init(state: Explored, fingerprint: UInt64, origin: StateTable<Explored>.Origin) {
      self.state = state
      self.fingerprint = fingerprint
      self.origin = origin
    }
  }

  /// A property broken by an action, or by the state that it leads to.
  @usableFromInline
  struct Violation: Sendable {
    @usableFromInline let property: Explored.Property
    @usableFromInline let origin: StateTable<Explored>.Origin

    @inlinable
    init(property: Explored.Property, origin: StateTable<Explored>.Origin) {
      self.property = property
      self.origin = origin
    }
  }

  /// The one property to look at, or nil for all.
  @usableFromInline let target: Explored.Property?
  /// In the order of the states expanded and of the alphabet; one may be there more than once.
  @usableFromInline var candidates: ContiguousArray<Candidate> = []
  /// The first violation, after which nothing was expanded any more.
  @usableFromInline var violation: Violation?
  @usableFromInline var transitions = 0
  /// Whether there was time for all.
  @usableFromInline var isFinished = true

  @inlinable
  init(target: Explored.Property?) { self.target = target }

  /// Carries out every action on each of the states, unless the search is over before that.
  @inlinable
  mutating func expand(
    _ numbers: Range<Int>, of table: StateTable<Explored>, by alphabet: [Explored.Action],
    unless isOver: () -> Bool
  ) {
    for number in numbers {
      if number % 64 == 0, isOver() {
        isFinished = false
        return
      }
      var parent = table.states[number]
      parent.prepare(for: alphabet)
      for (index, action) in alphabet.enumerated() {
        let origin = StateTable<Explored>.Origin(
          parent: UInt32(truncatingIfNeeded: number), action: UInt16(truncatingIfNeeded: index))
        var state = parent
        switch state.perform(action) {
        case .impossible: continue
        case .violated(let property) where target ?? property == property:
          violation = Violation(property: property, origin: origin)
        case .violated, .done: visit(state, origin, in: table)
        }
        transitions += 1
        if violation != nil { return }
      }
    }
  }

  /// Keeps a state that is new; those that are not have been judged before.
  @inlinable
  mutating func visit(
    _ state: Explored, _ origin: StateTable<Explored>.Origin, in table: StateTable<Explored>
  ) {
    let fingerprint = state.fingerprint
    if table.contains(state, fingerprint: fingerprint) { return }
    if let property = state.fault(in: target) {
      violation = Violation(property: property, origin: origin)
    } else {
      candidates.append(Candidate(state: state, fingerprint: fingerprint, origin: origin))
    }
  }
}
