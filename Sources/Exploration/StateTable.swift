/// The distinct states of a search in the order in which they were found, and how each was.
///
/// A state is stored whole and compared whole, so that no collision can hide one. Beside it stands
/// where it came from, and in the index, which is a hash table with open addressing, a slot of 8
/// bytes: the state's number, and 32 bits of its fingerprint that save most comparisons.
@usableFromInline
struct StateTable<Explored: World>: Sendable {
  /// Which action led to a state from which other.
  @usableFromInline
  struct Origin: Sendable {
    /// The number of the state before.
    @usableFromInline var parent: UInt32
    /// The action's place in the alphabet.
    @usableFromInline var action: UInt16

    @inlinable
    init(parent: UInt32, action: UInt16) {
      self.parent = parent
      self.action = action
    }
  }

  @usableFromInline var states: ContiguousArray<Explored> = []
  @usableFromInline var origins: ContiguousArray<Origin> = []
  /// In the low half the number of a state plus 1, in the high half its tag; 0 is a free slot.
  @usableFromInline var slots: ContiguousArray<UInt64>

  @inlinable
  init() {
    slots = ContiguousArray(repeating: 0, count: 1 << 10)
  }

  @inlinable var count: Int { states.count }

  /// What each state takes in memory, at the present filling of the index.
  @inlinable
  var bytesPerState: Int {
    MemoryLayout<Explored>.stride + MemoryLayout<Origin>.stride
      + slots.count * MemoryLayout<UInt64>.stride / max(1, count)
  }

  /// Whether a state is stored.
  @inlinable
  func contains(_ state: Explored, fingerprint: UInt64) -> Bool {
    slots[slot(for: state, tag: fingerprint >> 32)] != 0
  }

  /// Stores a state unless it is there already, and says whether it was new.
  @inlinable
  mutating func insert(_ state: Explored, fingerprint: UInt64, origin: Origin) -> Bool {
    let place = slot(for: state, tag: fingerprint >> 32)
    guard slots[place] == 0 else { return false }
    states.append(state)
    origins.append(origin)
    slots[place] = (fingerprint & ~0xffff_ffff) | UInt64(states.count)
    // At most three slots of four are taken: probing stays short, and finds a free one.
    if states.count > slots.count / 4 * 3 { grow() }
    return true
  }

  /// The slot that holds `state`, or the free one in which it belongs.
  ///
  /// The probe starts from the tag, so that growing needs no fingerprint.
  @inlinable
  func slot(for state: Explored, tag: UInt64) -> Int {
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: tag) & mask
    while slots[place] != 0 {
      if slots[place] >> 32 == tag, states[Int(slots[place] & 0xffff_ffff) - 1] == state { break }
      place = (place + 1) & mask
    }
    return place
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

  /// The actions that led to a state, as places in the alphabet.
  @inlinable
  func path(to state: Int) -> [Int] {
    var path: [Int] = []
    var number = state
    // The start is its own parent; every other state has one with a lower number.
    while number != 0 {
      path.append(Int(origins[number].action))
      number = Int(origins[number].parent)
    }
    return path.reversed()
  }
}
