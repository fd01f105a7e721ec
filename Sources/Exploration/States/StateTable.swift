/// A part of the distinct states of a search: those whose fingerprints have the same highest bits.
///
/// A state stands in ``words``: a head, which says where it came from and how many words follow, and what a
/// ``StatePacker`` has made of it, or, in a world that is kept whole, its place in ``wholes``. States are
/// compared whole, so that no collision can hide one. The index is a hash table with open addressing, a slot
/// of 8 bytes: where the state stands, and 32 bits of its fingerprint that save most comparisons.
@usableFromInline
struct StateTable<Explored: World>: Sendable {
  /// States, one after the other.
  @usableFromInline var words: ContiguousArray<UInt64> = []
  @usableFromInline var wholes: ContiguousArray<Explored> = []
  /// In the low half where a state stands plus 1, in the high half its tag; 0 is a free slot.
  @usableFromInline var slots: ContiguousArray<UInt64>
  @usableFromInline var count = 0
  /// Of what was looked at ahead of time; means nothing.
  @usableFromInline var touched: UInt64 = 0
  /// What has been stored in this round stands from here on.
  @usableFromInline var roundStart = 0

  @inlinable
  init() { slots = ContiguousArray(repeating: 0, count: 1 << 4) }

  /// How many bytes the states take, with the index.
  ///
  /// Without the room that is kept for more, at most an eighth: how much that is depends on the order in which
  /// states came.
  @inlinable
  var bytes: Int {
    (words.count + slots.count) * MemoryLayout<UInt64>.stride
      + wholes.count * MemoryLayout<Explored>.stride
  }

  /// Stores the states of candidates that come before a place in the round's order, unless they are there already.
  ///
  /// *Why in groups:* where a state belongs is mostly in no cache. What is looked at for several of them, one
  /// without the other's result, is waited for once.
  @inlinable
  mutating func insert(_ candidates: Candidates<Explored>, before end: UInt64) {
    var first = 0
    while first < candidates.entries.count {
      let group = first..<min(first + 16, candidates.entries.count)
      let mask = slots.count - 1
      var known = InlineArray<16, UInt64>(repeating: 0)
      for index in group {
        known[index - first] =
          slots[Int(truncatingIfNeeded: candidates.entries[index].fingerprint) & mask]
      }
      for index in group
      where known[index - first] >> 32 == candidates.entries[index].fingerprint & 0xffff_ffff {
        touched ^= words[Int(known[index - first] & 0xffff_ffff)]
      }
      for index in group where Head(candidates.entries[index].head).order < end {
        insert(candidates.entries[index], of: candidates)
      }
      first = group.upperBound
    }
  }

  /// Stores the state of a candidate unless it is there already.
  ///
  /// Of those that come in one round, the first in the round's order counts as where a state came from,
  /// whichever is stored first.
  @inlinable
  mutating func insert(
    _ candidate: Candidates<Explored>.Entry, of candidates: borrowing Candidates<Explored>
  ) {
    let tag = candidate.fingerprint & 0xffff_ffff
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: tag) & mask
    while slots[place] != 0 {
      if slots[place] >> 32 == tag {
        let known = Int(slots[place] & 0xffff_ffff) - 1
        if holds(candidate, of: candidates, at: known) {
          if known >= roundStart, candidate.head < words[known] { words[known] = candidate.head }
          return
        }
      }
      place = (place + 1) & mask
    }
    slots[place] = tag << 32 | UInt64(words.count + 1)
    append(candidate, of: candidates)
  }

  @inlinable @inline(__always)
  func holds(
    _ candidate: Candidates<Explored>.Entry, of candidates: borrowing Candidates<Explored>,
    at place: Int
  ) -> Bool {
    if !Explored.isPacked {
      return wholes[Int(words[place + 1])] == candidates.wholes[candidate.place]
    }
    let length = Head(candidate.head).length
    guard Head(words[place]).length == length else { return false }
    if candidate.isNear {
      for index in candidate.near.indices
      where index < length && words[place + 1 + index] != candidate.near[index] { return false }
    } else {
      for index in 0..<length
      where words[place + 1 + index] != candidates.words[candidate.place + index] { return false }
    }
    return true
  }

  @inlinable
  mutating func append(
    _ candidate: Candidates<Explored>.Entry, of candidates: borrowing Candidates<Explored>
  ) {
    let length = Head(candidate.head).length
    makeRoom(for: length + 1)
    words.append(candidate.head)
    if Explored.isPacked {
      for index in 0..<length { words.append(candidates.word(index, of: candidate)) }
    } else {
      words.append(UInt64(wholes.count))
      wholes.append(candidates.wholes[candidate.place])
    }
    count += 1
    // At most three slots of four are taken: probing stays short, and finds a free one.
    if count > slots.count / 4 * 3 { grow() }
  }

  /// Grows by an eighth: doubling would leave a third of the memory unused.
  @inlinable @inline(__always)
  mutating func makeRoom(for more: Int) {
    guard words.count + more > words.capacity else { return }
    let room = words.count + max(more, words.count / 8, 64)
    precondition(room <= StateNumber.limit, "a part of the table has 2^28 words")
    words.reserveCapacity(room)
  }

  @inlinable
  mutating func grow() {
    let mask = slots.count * 2 - 1
    var larger = ContiguousArray<UInt64>(repeating: 0, count: slots.count * 2)
    for slot in slots where slot != 0 {
      var place = Int(slot >> 32) & mask
      while larger[place] != 0 { place = (place + 1) & mask }
      larger[place] = slot
    }
    slots = larger
  }

  /// Makes `world` the state at a place.
  ///
  /// - Parameters:
  ///   - place: Where the state stands.
  ///   - unpacker: Keeps the state's words.
  ///   - world: Any state of the search.
  ///
  /// *Why always in place:* a call would retain all arrays of the table for it.
  @inlinable @inline(__always)
  func load(_ place: Int, by unpacker: inout StateUnpacker, into world: inout Explored) {
    guard Explored.isPacked else {
      world = wholes[Int(words[place + 1])]
      return
    }
    unpacker.words.removeAll()
    let words = words.span
    for index in 0..<Head(words[place]).length { unpacker.words.append(words[place + 1 + index]) }
    unpacker.begin()
    world.code(by: &unpacker)
  }
}

/// The first word of a stored state: where it came from, and how many words follow.
///
/// In the round in which it is found the origin is its parent's place in the round, and afterwards its
/// parent's number. Heads of one round compare as their states come in the round's order.
@usableFromInline
struct Head {
  @usableFromInline let word: UInt64

  @inlinable @inline(__always)
  init(_ word: UInt64) { self.word = word }

  @inlinable @inline(__always)
  init(origin: Int, action: Int, length: Int) {
    precondition(length <= 0xffff, "a packed state has at most 2^16 - 1 words")
    word = UInt64(origin) << 32 | UInt64(action) << 16 | UInt64(length)
  }

  @inlinable @inline(__always) var origin: Int { Int(word >> 32) }
  @inlinable @inline(__always) var action: Int { Int(word >> 16 & 0xffff) }
  @inlinable @inline(__always) var length: Int { Int(word & 0xffff) }
  /// The place in the round's order.
  @inlinable @inline(__always) var order: UInt64 { word >> 16 }

  /// The origin of a head with such an ``order``.
  @inlinable @inline(__always)
  static func origin(of order: UInt64) -> Int { Int(order >> 16) }
}

/// Which of a search's states: the part of the table, and the place there.
@usableFromInline
struct StateNumber {
  @usableFromInline let word: UInt32

  /// How many parts a table has, and how many words each at most.
  @inlinable static var parts: Int { 16 }
  @inlinable static var limit: Int { 1 << 28 }

  @inlinable @inline(__always)
  init(_ word: UInt32) { self.word = word }

  @inlinable @inline(__always)
  init(part: Int, place: Int) { word = UInt32(place << 4 | part) }

  /// The part of the table in which a state belongs.
  @inlinable @inline(__always)
  static func part(of fingerprint: UInt64) -> Int { Int(fingerprint >> 60) }

  @inlinable @inline(__always) var part: Int { Int(word & 15) }
  @inlinable @inline(__always) var place: Int { Int(word >> 4) }
}
