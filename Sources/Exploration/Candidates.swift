/// States that a thread came to, for one part of the table: it finds out which are new.
@usableFromInline
struct Candidates<Explored: World>: Sendable {
  /// One of them.
  @usableFromInline
  struct Entry: Sendable {
    @usableFromInline let fingerprint: UInt64
    /// A ``Head`` whose origin is the parent's place in the round.
    @usableFromInline let head: UInt64
    /// Where its words stand, or its whole.
    @usableFromInline let place: Int

    @inlinable @inline(__always)
    init(fingerprint: UInt64, head: UInt64, place: Int) {
      self.fingerprint = fingerprint
      self.head = head
      self.place = place
    }
  }

  @usableFromInline var entries: ContiguousArray<Entry> = []
  @usableFromInline var words: ContiguousArray<UInt64> = []
  @usableFromInline var wholes: ContiguousArray<Explored> = []

  @inlinable
  init() {}

  /// Adds a packed state.
  @inlinable @inline(__always)
  mutating func append(
    _ state: ContiguousArray<UInt64>, fingerprint: UInt64, origin: Int, action: Int
  ) {
    let head = Head(origin: origin, action: action, length: state.count)
    entries.append(Entry(fingerprint: fingerprint, head: head.word, place: words.count))
    for index in state.indices { words.append(state[index]) }
  }

  /// Adds a whole state.
  @inlinable
  mutating func append(whole state: Explored, fingerprint: UInt64, origin: Int, action: Int) {
    let head = Head(origin: origin, action: action, length: 1)
    entries.append(Entry(fingerprint: fingerprint, head: head.word, place: wholes.count))
    wholes.append(state)
  }
}
