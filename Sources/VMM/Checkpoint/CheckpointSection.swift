/// Four characters that say what a section of a checkpoint holds.
public struct SectionTag: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The characters' codes, the first in the lowest byte.
  public let code: UInt32

  /// Makes a tag of four printable ASCII characters.
  public init(_ text: String) {
    let bytes = Array(text.utf8)
    precondition(bytes.count == 4, "a tag of four characters")
    let code = bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard let tag = SectionTag(code: code) else { preconditionFailure("printable characters") }
    self = tag
  }

  /// Makes a tag of four printable ASCII characters.
  public init(stringLiteral text: String) { self.init(text) }

  /// Nil for other characters.
  init?(code: UInt32) {
    let isPrintable = (0..<4).allSatisfy { (0x20...0x7e).contains(code >> (8 * $0) & 0xff) }
    guard isPrintable else { return nil }
    self.code = code
  }

  /// The characters.
  public var description: String {
    String(
      decoding: (0..<4).map { UInt8(truncatingIfNeeded: code >> (8 * UInt32($0))) }, as: UTF8.self)
  }
}

/// What a section is called: its tag, and which one of several it is.
public struct SectionName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// What it holds.
  public let tag: SectionTag
  /// Of which, say of which vCPU.
  public let instance: UInt32

  /// Names a section.
  public init(_ tag: SectionTag, _ instance: UInt32 = 0) {
    self.tag = tag
    self.instance = instance
  }

  /// Names a section that there is one of.
  public init(stringLiteral text: String) { self.init(SectionTag(text)) }

  /// As in `REGS 1`.
  public var description: String { "\(tag) \(instance)" }
}

/// Builds a section: numbers little-endian and without padding, one after the other.
public struct SectionWriter: Sendable {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = []

  /// Begins with nothing.
  public init() {}

  /// Writes a number, in as many bytes as its type has.
  public mutating func write(_ number: some FixedWidthInteger) {
    // Byte by byte: the truncation keeps the lowest eight bits, whatever the sign.
    for shift in stride(from: 0, to: number.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  /// Writes 1 for true, 0 for false, in one byte.
  public mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

  /// Writes a byte string: its length as a 64-bit number, then the bytes.
  public mutating func write(_ string: [UInt8]) {
    write(UInt64(string.count))
    append(string)
  }

  /// Writes bytes alone.
  mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }
}

/// Reads a section, in the order in which it was written.
public struct SectionReader: Sendable {
  /// What is being read; errors say so.
  let name: SectionName
  private(set) var rest: ArraySlice<UInt8>

  /// Begins at the first byte.
  public init(_ bytes: [UInt8], of name: SectionName) { self.init(bytes[...], of: name) }

  init(_ bytes: ArraySlice<UInt8>, of name: SectionName) {
    self.name = name
    rest = bytes
  }

  /// Reads a number, of as many bytes as its type has.
  ///
  /// - Throws: ``CheckpointFileError/badSection(_:reason:)`` if there are not as many.
  public mutating func integer<Number: FixedWidthInteger>(
    _ type: Number.Type = Number.self
  ) throws(CheckpointFileError) -> Number {
    var number: Number = 0
    for (index, byte) in try take(UInt64(Number.bitWidth / 8)).enumerated() {
      number |= Number(truncatingIfNeeded: byte) << (8 * index)
    }
    return number
  }

  /// Reads a truth value.
  ///
  /// - Throws: ``CheckpointFileError/badSection(_:reason:)`` for a byte other than 0 and 1, or no byte.
  public mutating func boolean() throws(CheckpointFileError) -> Bool {
    let byte = try integer(UInt8.self)
    guard byte <= 1 else { throw .badSection(name, reason: "\(byte) is neither true nor false") }
    return byte == 1
  }

  /// Reads a byte string.
  ///
  /// - Throws: ``CheckpointFileError/badSection(_:reason:)`` if it is longer than what is left.
  public mutating func bytes() throws(CheckpointFileError) -> [UInt8] {
    let count = try integer(UInt64.self)
    return Array(try take(count))
  }

  /// Says that everything was read.
  ///
  /// - Throws: ``CheckpointFileError/badSection(_:reason:)`` if something was not.
  public func finish() throws(CheckpointFileError) {
    guard rest.isEmpty else {
      throw .badSection(name, reason: "\(rest.count) bytes more than expected")
    }
  }

  /// Bytes alone.
  mutating func take(_ count: UInt64) throws(CheckpointFileError) -> ArraySlice<UInt8> {
    guard count <= UInt64(rest.count) else {
      throw .badSection(name, reason: "ends \(count - UInt64(rest.count)) bytes too early")
    }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }
}
