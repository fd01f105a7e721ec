/// Cuts an operation into words, numbers and signs.
struct ConformanceWords {
  enum Token: Hashable {
    case name(String)
    case number(UInt64)
    case sign(String)

    /// The token as written, or nearly so.
    var text: String {
      switch self {
      case .name(let text), .sign(let text): text
      case .number(let value): String(value)
      }
    }
  }

  private var rest: Substring
  /// The token that comes next, or nil at the end.
  private(set) var next: Token?

  init(_ text: String) throws(ConformanceProblem) {
    rest = text[...]
    try advance()
  }

  /// Steps over ``next`` and returns it.
  mutating func take() throws(ConformanceProblem) -> Token? {
    let token = next
    try advance()
    return token
  }

  private mutating func advance() throws(ConformanceProblem) {
    rest = rest.drop { $0 == " " }
    guard let first = rest.first else {
      next = nil
      return
    }
    if first.isASCII, first.isLetter || first == "_" || first.isNumber {
      let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
      rest = rest[word.endIndex...]
      next = first.isNumber ? .number(try Self.number(word)) : .name(String(word))
    } else if let sign = ["->", "=", "+", "-", "*"].first(where: { rest.hasPrefix($0) }) {
      rest = rest.dropFirst(sign.count)
      next = .sign(sign)
    } else {
      throw ConformanceProblem("\(first) is not allowed here")
    }
  }

  /// Decimal digits, or 0x and hexadecimal ones.
  private static func number(_ word: Substring) throws(ConformanceProblem) -> UInt64 {
    let isHexadecimal = word.hasPrefix("0x")
    let digits = isHexadecimal ? word.dropFirst(2) : word
    let radix = isHexadecimal ? 16 : 10
    guard !digits.isEmpty, digits.allSatisfy({ $0.hexDigitValue.map { $0 < radix } ?? false })
    else { throw ConformanceProblem("\(word) is not a number") }
    guard let value = UInt64(digits, radix: radix) else {
      throw ConformanceProblem("\(word) does not fit 64 bits")
    }
    return value
  }
}

/// What is wrong, before anyone knows where.
struct ConformanceProblem: Error {
  var text: String

  init(_ text: String) { self.text = text }
}
