/// What a text of this program may hold: never a character that commands the terminal it is shown on.
///
/// Names of files, words of the command line, strings of JSON files and names of traced tasks are
/// other people's. A control character in one of them could set a terminal's title, write its
/// clipboard or move its cursor, and a character that reverses the direction of text could make one
/// name look like another.
extension String {
  /// The text on one line, with every control character spelled out: `\n`, `\t`, `\u{1b}`.
  ///
  /// Control characters are those of Unicode's category Cc (C0, DEL and C1), the separators of lines
  /// and paragraphs, and the controls of direction. All else is as it was: what is visible stays.
  public var visible: String { escaping { _ in true } }

  /// The same for a text of several lines, which keeps its newlines.
  ///
  /// *Assumes:* each part that is not this program's own is ``visible`` already, so that a newline
  /// is this program's. What was forgotten cannot command the terminal then, but for a line by itself.
  public var visibleLines: String { escaping { $0 != "\n" } }

  /// *Why bytes first:* nearly no text has anything to escape, and results may be megabytes.
  private func escaping(_ isEscaped: (Unicode.Scalar) -> Bool) -> String {
    guard utf8.contains(where: { Self.mayBeControl[Int($0)] }) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      if scalar.isControl && isEscaped(scalar) {
        text += scalar.spelledOut
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// Whether a byte of UTF-8 is, or begins, what ``Unicode/Scalar/isControl`` may hold for.
  private static let mayBeControl = (0...255).map { byte in
    byte < 0x20 || byte == 0x7f || byte == 0xc2 || byte == 0xd8 || byte == 0xe2
  }
}

extension Unicode.Scalar {
  /// Whether it acts instead of being seen: control characters, separators of lines, and controls of
  /// direction.
  public var isControl: Bool {
    switch value {
    case ..<0x20, 0x7f...0x9f: true
    case 0x61c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
  }

  fileprivate var spelledOut: String {
    switch self {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: "\\u{\(String(value, radix: 16))}"
    }
  }
}
