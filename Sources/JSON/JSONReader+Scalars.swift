extension JSONReader {
  /// Reads a number: `-? (0 | [1-9] [0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
  mutating func readNumber() throws(JSONError) -> JSONNode.Content {
    let start = position
    _ = take("-")
    if !take("0") { try readDigits() }
    if let byte = next, isDigit(byte) { throw error("a number has no leading zeros") }
    var isInteger = true
    if take(".") {
      isInteger = false
      try readDigits()
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      try readDigits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger {
      if let value = Int64(text) { return .integer(value) }
      if let value = UInt64(text) { return .unsigned(value) }
      throw error(at: start, "the integer \(excerpt(text)) does not fit 64 bits")
    }
    guard let value = Double(text), value.isFinite else {
      throw error(at: start, "the number \(excerpt(text)) is too large")
    }
    return .number(value)
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  private mutating func readDigits() throws(JSONError) {
    guard let byte = next, isDigit(byte) else { throw error("a digit is expected here") }
    while let byte = next, isDigit(byte) { position += 1 }
  }

  /// Reads a string; the next byte is its opening quote.
  mutating func readString() throws(JSONError) -> String {
    let start = position
    position += 1
    // Without escapes a string is what stands there.
    var content = Array(readPlainBytes())
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        // Longer strings are separate allocations.
        if content.count > 15 { try spend() }
        guard let string = String(validating: content, as: UTF8.self) else {
          throw error(at: start, "the string is not valid UTF-8")
        }
        return string
      case UInt8(ascii: "\\"):
        let scalar = try readEscape()
        if scalar.isASCII {
          content.append(UInt8(scalar.value))
        } else {
          content.append(contentsOf: String(scalar).utf8)
        }
        content += readPlainBytes()
      default: throw error("a control character in a string must be escaped")
      }
    }
    throw error(at: start, "the string that starts here does not end")
  }

  /// Reads up to a quote, an escape, a control character, or the end.
  private mutating func readPlainBytes() -> ArraySlice<UInt8> {
    let start = position
    while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      position += 1
    }
    return bytes[start..<position]
  }

  /// Reads one escape, or two when they are the halves of a surrogate pair.
  private mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
    let start = position
    position += 1
    guard let byte = next else { throw error(at: start, "the escape is not complete") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw error(at: start, "there is no such escape")
    }
    let unit = try readHexadecimalDigits()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    // What is left is a surrogate, and only a high one followed by a low one means anything.
    if unit < 0xdc00, take("\\"), take("u") {
      let low = try readHexadecimalDigits()
      if (0xdc00...0xdfff).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
      {
        return scalar
      }
    }
    throw error(at: start, "the escape is half a surrogate pair")
  }

  private mutating func readHexadecimalDigits() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Unicode.Scalar(byte).hexadecimalDigit else {
        throw error("four hexadecimal digits are expected here")
      }
      value = value << 4 + digit
      position += 1
    }
    return value
  }
}

extension Unicode.Scalar {
  fileprivate var hexadecimalDigit: UInt32? {
    switch self {
    case "0"..."9": value - 0x30
    case "a"..."f": value - 0x61 + 10
    case "A"..."F": value - 0x41 + 10
    default: nil
    }
  }
}
