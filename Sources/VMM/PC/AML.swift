/// As much of ACPI's machine language as the platform's own table needs (ACPI 6.4, chapter 20).
enum AML {
  /// `Name (NAME, value)`.
  static func name(_ name: String, _ value: [UInt8]) -> [UInt8] { [0x08] + segment(name) + value }

  /// `Scope (NAME) { body }`.
  static func scope(_ name: String, _ body: [UInt8]) -> [UInt8] {
    [0x10] + sized(segment(name) + body)
  }

  /// `Device (NAME) { body }`.
  static func device(_ name: String, _ body: [UInt8]) -> [UInt8] {
    [0x5b, 0x82] + sized(segment(name) + body)
  }

  /// `Package () { elements }`, fewer than 256.
  static func package(_ elements: [[UInt8]]) -> [UInt8] {
    [0x12] + sized([UInt8(elements.count)] + elements.joined())
  }

  /// A number of one byte; 0 and 1 have operators.
  static func number(_ value: UInt8) -> [UInt8] { value <= 1 ? [value] : [0x0a, value] }

  /// A compressed identifier of three capital letters and four hexadecimal digits.
  static func identifier(_ text: String) -> [UInt8] {
    let letters = text.utf8.prefix(3).map { UInt32($0) & 0x1f }
    guard letters.count == 3, text.utf8.count == 7, let product = UInt32(text.suffix(4), radix: 16)
    else { preconditionFailure("an identifier like PNP0501") }
    let code = letters[0] << 26 | letters[1] << 21 | letters[2] << 16 | product
    var bytes: [UInt8] = [0x0c]
    bytes.append(number: code.byteSwapped)
    return bytes
  }

  /// `ResourceTemplate () { ... }`.
  static func resources(_ descriptors: [[UInt8]]) -> [UInt8] {
    let bytes = descriptors.joined() + [0x79, 0]  // the end, its checksum not computed
    return [0x11] + sized(number(UInt8(bytes.count)) + bytes)
  }

  /// `IO (Decode16, first, first, 1, count)`.
  static func ports(_ first: UInt16, count: UInt8) -> [UInt8] {
    var bytes: [UInt8] = [0x47, 1]
    bytes.append(number: first)
    bytes.append(number: first)
    return bytes + [1, count]
  }

  /// `IRQNoFlags () { line }`: an edge, active high.
  static func interrupt(_ line: UInt16) -> [UInt8] {
    var bytes: [UInt8] = [0x22]
    bytes.append(number: UInt16(1) << line)
    return bytes
  }

  /// A name of one segment: four characters, filled up with underscores.
  private static func segment(_ name: String) -> [UInt8] {
    precondition((1...4).contains(name.utf8.count), "a name of one to four characters")
    return name.utf8 + [UInt8](repeating: UInt8(ascii: "_"), count: 4 - name.utf8.count)
  }

  /// A length that counts itself, in front of what it counts: one byte up to 63, else two.
  private static func sized(_ body: [UInt8]) -> [UInt8] {
    let short = body.count + 1
    guard short > 0x3f else { return [UInt8(short)] + body }
    let long = body.count + 2
    precondition(long < 1 << 12, "no block of this table has 4 KiB")
    return [0x40 | UInt8(long & 0xf), UInt8(long >> 4)] + body
  }
}
