/// The words of a packed state: in place, as far as most have.
///
/// *Why not an array:* it asks at every word whether it is its buffer's only owner, and has room.
@frozen
@usableFromInline
struct StateWords: Sendable {
  @usableFromInline var near = InlineArray<16, UInt64>(repeating: 0)
  /// Those behind the first 16.
  @usableFromInline var far: ContiguousArray<UInt64> = []
  @usableFromInline var count = 0

  @inlinable
  init() {}

  @inlinable @inline(__always)
  mutating func append(_ word: UInt64) {
    if count < near.count {
      near[count] = word
    } else {
      far.append(word)
    }
    count += 1
  }

  @inlinable @inline(__always)
  mutating func removeAll() {
    if count > near.count { far.removeAll(keepingCapacity: true) }
    count = 0
  }

  /// A word.
  ///
  /// *Why mutating:* a getter that is not takes a copy of all 16 words to find one.
  @inlinable @inline(__always)
  subscript(index: Int) -> UInt64 {
    mutating get { index < near.count ? near[index] : far[index - near.count] }
  }

  @inlinable @inline(__always)
  mutating func isEqual(to other: inout Self) -> Bool {
    guard count == other.count else { return false }
    for index in 0..<count where self[index] != other[index] { return false }
    return true
  }
}
