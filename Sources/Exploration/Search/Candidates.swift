/// States that a thread came to, for one part of the table: it finds out which are new.
@usableFromInline
struct Candidates<Explored: World>: Sendable {
  /// One of them.
  @usableFromInline
  struct Entry: Sendable {
    @usableFromInline let fingerprint: UInt64
    /// A ``Head`` whose origin is the parent's place in the round.
    @usableFromInline let head: UInt64
    /// Its words, if these are all; else where its words stand, or its whole.
    @usableFromInline var near: InlineArray<2, UInt64>

    @inlinable @inline(__always)
    init(fingerprint: UInt64, head: UInt64, place: Int = 0) {
      self.fingerprint = fingerprint
      self.head = head
      near = [UInt64(place), 0]
    }

    @inlinable @inline(__always) var place: Int { Int(near[0]) }
    @inlinable @inline(__always) var isNear: Bool { Head(head).length <= near.count }
  }

  @usableFromInline var entries: ContiguousArray<Entry> = []
  /// The words of states that have more than an entry takes.
  @usableFromInline var words: ContiguousArray<UInt64> = []
  @usableFromInline var wholes: ContiguousArray<Explored> = []

  @inlinable
  init() {}

  /// Forgets all of them, and keeps the room.
  @inlinable
  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    words.removeAll(keepingCapacity: true)
    wholes.removeAll(keepingCapacity: true)
  }

  /// Adds a packed state.
  @inlinable @inline(__always)
  mutating func append(
    _ state: inout StateWords, fingerprint: UInt64, origin: Int, action: Int
  ) {
    let head = Head(origin: origin, action: action, length: state.count)
    var entry = Entry(fingerprint: fingerprint, head: head.word, place: words.count)
    if entry.isNear {
      for index in entry.near.indices where index < state.count { entry.near[index] = state[index] }
    } else {
      for index in 0..<state.count { words.append(state[index]) }
    }
    entries.append(entry)
  }

  /// Adds a whole state.
  @inlinable
  mutating func append(whole state: Explored, fingerprint: UInt64, origin: Int, action: Int) {
    let head = Head(origin: origin, action: action, length: 1)
    entries.append(Entry(fingerprint: fingerprint, head: head.word, place: wholes.count))
    wholes.append(state)
  }

  /// A word of a packed state.
  @inlinable @inline(__always)
  func word(_ index: Int, of entry: Entry) -> UInt64 {
    entry.isNear ? entry.near[index] : words[entry.place + index]
  }
}
