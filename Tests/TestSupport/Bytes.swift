extension [UInt8] {
  /// A number's bytes, the lowest first.
  public init(_ number: some FixedWidthInteger) {
    self = (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  /// The number at an offset, the lowest byte first.
  public func number<Number: FixedWidthInteger>(
    at offset: Int, _ type: Number.Type = Number.self
  ) -> Number {
    (0..<Number.bitWidth / 8).reversed().reduce(0) { $0 << 8 | Number(self[offset + $1]) }
  }

  /// Overwrites bytes with a number's, the lowest first.
  public mutating func set(_ offset: Int, _ number: some FixedWidthInteger) {
    replaceSubrange(offset..<offset + number.bitWidth / 8, with: [UInt8](number))
  }
}
