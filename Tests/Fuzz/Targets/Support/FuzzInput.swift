/// An input taken as a list of decisions, from its start; where it ends, every further byte is 0.
struct FuzzInput {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }
  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// Whether all bytes are taken: where a script of accesses stops.
  var isEmpty: Bool { rest.isEmpty }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  mutating func flag() -> Bool { byte() & 1 == 1 }

  /// A number of that many bytes, little-endian.
  mutating func integer<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number {
    (0..<Number.bitWidth / 8).reduce(0) { $0 | Number(truncatingIfNeeded: byte()) << (8 * $1) }
  }

  /// Below `count`, by one byte or two.
  mutating func index(below count: Int) -> Int {
    count <= 256 ? Int(byte()) % count : Int(integer(UInt16.self)) % count
  }

  mutating func choice<Element>(_ elements: [Element]) -> Element {
    elements[index(below: elements.count)]
  }

  /// A 64-bit number, most often one at which arithmetic has an edge.
  mutating func number() -> UInt64 {
    switch byte() % 10 {
    case 0: 0
    case 1: UInt64.max - UInt64(byte())
    case 2: UInt64(byte())
    case 3: 1 << UInt64(byte() % 64)
    case 4: (1 << UInt64(byte() % 64)) - 1
    case 5: UInt64(Int64.max) - 128 + UInt64(byte())
    case 6: UInt64(integer(UInt32.self))
    case 7: UInt64(byte()) * 1_000_000_000
    case 8: UInt64(UInt32.max) - 128 + UInt64(byte())
    default: integer()
    }
  }

  /// Bytes without meaning, other ones for each number: a script of accesses to begin with.
  static func pattern(_ number: Int, count: Int) -> [UInt8] {
    (0..<count).map { index in UInt8(truncatingIfNeeded: (index + 7) * (number * 30 + 11)) }
  }

  /// All bytes that are left.
  mutating func remainder() -> [UInt8] {
    defer { rest = [] }
    return Array(rest)
  }
}

extension [UInt8] {
  /// Appends a number, little-endian.
  mutating func append<Number: FixedWidthInteger>(number: Number) {
    for index in 0..<Number.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: number >> (8 * index)))
    }
  }

  /// Replaces the bytes at an offset by a number's, little-endian; they are there.
  mutating func put<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
    for index in 0..<Number.bitWidth / 8 {
      self[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * index))
    }
  }

  /// The number at an offset, little-endian; nil where it does not lie inside.
  func number<Number: FixedWidthInteger>(_ type: Number.Type, at offset: UInt64) -> Number? {
    let size = UInt64(Number.bitWidth / 8)
    guard UInt64(count) >= size, offset <= UInt64(count) - size else { return nil }
    return (0..<Int(size)).reduce(0) {
      $0 | Number(truncatingIfNeeded: self[Int(offset) + $1]) << (8 * $1)
    }
  }
}
