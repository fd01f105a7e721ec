/// Makes one number of many, in few cycles; the same in every process.
@frozen
public struct Fingerprint {
  /// The number so far.
  @inlinable
  public var value: UInt64 { state }

  @usableFromInline var state: UInt64

  /// Creates the fingerprint of nothing.
  @inlinable
  public init() { state = 0x9e37_79b9_7f4a_7c15 }

  /// Adds a number.
  @inlinable
  public mutating func combine(_ word: UInt64) {
    state = Self.mix(state ^ word)
  }

  /// Spreads the bits of a number: the two halves of its product with an odd constant, folded.
  @inlinable
  static func mix(_ word: UInt64) -> UInt64 {
    let (high, low) = word.multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
    return high ^ low
  }
}
