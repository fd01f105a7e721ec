/// Reads a request from its beginning.
struct RequestScanner {
  private(set) var rest: ArraySlice<UInt8>

  init(_ text: ArraySlice<UInt8>) { rest = text }

  mutating func letter() -> UInt8? { rest.popFirst() }

  mutating func skip(_ word: String) -> Bool {
    guard rest.starts(with: word.utf8) else { return false }
    rest = rest.dropFirst(word.utf8.count)
    return true
  }

  /// A number up to a character, which is taken, too.
  mutating func number(endedBy character: Unicode.Scalar) -> UInt64? {
    guard let end = rest.firstIndex(of: UInt8(ascii: character)) else { return nil }
    defer { rest = rest[(end + 1)...] }
    return Self.number(rest[..<end])
  }

  /// Two numbers with a comma between, and nothing after.
  mutating func pair() -> (UInt64, UInt64)? {
    guard let first = number(endedBy: ","), let second = Self.number(rest) else { return nil }
    return (first, second)
  }

  /// A number of 1 to 16 digits, leading zeros aside; nil for anything else.
  static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var number: UInt64 = 0
    for digit in digits {
      guard let value = Hexadecimal.value(digit), number >> 60 == 0 else { return nil }
      number = number << 4 | UInt64(value)
    }
    return number
  }
}
