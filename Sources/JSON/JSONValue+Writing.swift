internal import TerminalText

extension JSONValue {
  /// How a document is laid out.
  public enum Layout: Hashable, Sendable {
    /// One line, and no space that could be left out.
    case compact
    /// One member or element a line, two spaces of indentation a level.
    case pretty
  }

  /// The document as text, without a newline at its end.
  ///
  /// The same value always gives the same bytes. A ``number(_:)`` is written with the fewest
  /// digits that read back as the same `Double`; every string is written as it is, with the escapes
  /// that RFC 8259 demands, and of every other character that would command a terminal.
  ///
  /// Traps when a ``number(_:)`` is infinite or not a number.
  public func text(_ layout: Layout = .compact) -> String {
    var output = ""
    write(to: &output, layout, depth: 0)
    return output
  }

  private func write(to output: inout String, _ layout: Layout, depth: Int) {
    switch self {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .integer(let value): output += String(value)
    case .unsigned(let value): output += String(value)
    case .number(let value):
      precondition(value.isFinite, "JSON has no form for \(value)")
      output += String(describing: value)
    case .string(let value): Self.write(quoted: value, to: &output)
    case .array(let elements):
      Self.write(elements, between: "[", "]", to: &output, layout, depth) { element, output in
        element.write(to: &output, layout, depth: depth + 1)
      }
    case .object(let members):
      Self.write(members, between: "{", "}", to: &output, layout, depth) { member, output in
        Self.write(quoted: member.name, to: &output)
        output += layout == .pretty ? ": " : ":"
        member.value.write(to: &output, layout, depth: depth + 1)
      }
    }
  }

  private static func write<Item>(
    _ items: [Item], between opening: String, _ closing: String, to output: inout String,
    _ layout: Layout, _ depth: Int, each: (Item, inout String) -> Void
  ) {
    func startLine(_ level: Int) {
      guard layout == .pretty, !items.isEmpty else { return }
      output += "\n" + String(repeating: "  ", count: level)
    }
    output += opening
    for (index, item) in items.enumerated() {
      if index > 0 { output += "," }
      startLine(depth + 1)
      each(item, &output)
    }
    startLine(depth)
    output += closing
  }

  private static func write(quoted text: String, to output: inout String) {
    output += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case "\u{8}": output += "\\b"
      case "\u{c}": output += "\\f"
      case _ where scalar.isControl:
        // None of them lies above U+FFFF.
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }
}
