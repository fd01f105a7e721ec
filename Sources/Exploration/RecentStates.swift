/// Packed states that a thread has come to lately: most ways lead to one of them.
///
/// A state that is here has been handed over to the table before, from a place in the round's order that comes
/// first; so it need not be handed over again. States are compared whole. One that is longer than a place here
/// is not kept.
@frozen
@usableFromInline
struct RecentStates: Sendable {
  /// Places of a header and a state each.
  @usableFromInline var words: ContiguousArray<UInt64> = []
  /// How many words a place has.
  @usableFromInline var stride = 0

  /// How many places there are: with their states they take a part of a processor's second cache.
  @inlinable static var count: Int { 1 << 12 }

  @inlinable
  init() {}

  /// Keeps a state in the place of another.
  ///
  /// - Returns: Whether it was there already.
  @inlinable @inline(__always)
  mutating func keep(_ state: inout StateWords, fingerprint: UInt64) -> Bool {
    if stride == 0 { makePlaces(for: state.count) }
    guard state.count < stride else { return false }
    let place = Int(truncatingIfNeeded: fingerprint >> 32) & (Self.count - 1)
    let start = place * stride
    // The length is part of the header: no two states of different lengths are equal.
    let header = fingerprint & ~0xff | UInt64(state.count)
    if words[start] == header, holds(&state, at: start + 1) { return true }
    words[start] = header
    for index in 0..<state.count { words[start + 1 + index] = state[index] }
    return false
  }

  @inlinable @inline(__always)
  func holds(_ state: inout StateWords, at start: Int) -> Bool {
    for index in 0..<state.count where words[start + index] != state[index] { return false }
    return true
  }

  /// Room for states somewhat longer than one.
  @inlinable
  mutating func makePlaces(for length: Int) {
    stride = min(length + 1, 31) + 1
    words = ContiguousArray(repeating: 0, count: Self.count * stride)
  }
}
