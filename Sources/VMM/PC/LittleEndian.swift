/// Bytes of a table, built number by number, the lowest byte first.
extension [UInt8] {
  /// Adds a number in as many bytes as its type has.
  mutating func append<Number: FixedWidthInteger>(number: Number) {
    for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  /// Puts a number over bytes that there are.
  mutating func put<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
    for byte in 0..<Number.bitWidth / 8 {
      self[offset + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte))
    }
  }
}
