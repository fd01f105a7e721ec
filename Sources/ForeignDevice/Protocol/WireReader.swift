/// Reads little-endian numbers off a slice of bytes.
///
/// *Assumes:* the slice is as long as what is read: its length was compared with the protocol's before.
struct WireReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func number<Number: FixedWidthInteger & UnsignedInteger>() -> Number {
    var number: Number = 0
    for index in 0..<Number.bitWidth / 8 {
      number |= Number(rest[rest.startIndex + index]) << (8 * index)
    }
    rest.removeFirst(Number.bitWidth / 8)
    return number
  }

  mutating func bytes(_ count: Int) -> ArraySlice<UInt8> {
    let part = rest.prefix(count)
    rest.removeFirst(count)
    return part
  }
}

extension [UInt8] {
  /// Appends a little-endian number.
  mutating func append<Number: FixedWidthInteger>(number: Number) {
    for index in 0..<Number.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: number >> (8 * index)))
    }
  }
}
