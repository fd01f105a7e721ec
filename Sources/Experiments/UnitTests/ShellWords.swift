internal import LinuxHost

/// A text as the shell splits it into words, as far as that needs no shell.
struct ShellWords {
  private(set) var words: [String] = []

  private enum Quote { case none, single, double }

  /// Splits a text.
  ///
  /// Of commands in backticks `date +%s`, which lists of tests have, is answered, and no other.
  ///
  /// - Parameter text: The text.
  /// - Throws: ``UnitTestRefusal`` for a variable, another command, or quotes without an end.
  init(_ text: String) throws(UnitTestRefusal) {
    var rest = Substring(text)
    var word: String?
    var quote = Quote.none
    while let character = rest.popFirst() {
      switch (character, quote) {
      case ("'", .none): (quote, word) = (.single, word ?? "")
      case ("\"", .none): (quote, word) = (.double, word ?? "")
      case ("'", .single), ("\"", .double): quote = .none
      case ("\\", .none), ("\\", .double):
        if let next = rest.popFirst() { word = (word ?? "") + String(next) }
      case ("`", .none), ("`", .double):
        word = (word ?? "") + (try Self.answer(&rest))
      case ("$", .none), ("$", .double):
        throw UnitTestRefusal("needs a shell for $\(rest.prefix { $0.isLetter || $0 == "_" })")
      case (_, .none) where character.isWhitespace:
        if let word { words.append(word) }
        word = nil
      default: word = (word ?? "") + String(character)
      }
    }
    guard quote == .none else { throw UnitTestRefusal("has quotes without an end") }
    if let word { words.append(word) }
  }

  private static func answer(_ rest: inout Substring) throws(UnitTestRefusal) -> String {
    let command = rest.prefix { $0 != "`" }
    rest = rest.dropFirst(command.count + 1)
    guard command == "date +%s" else { throw UnitTestRefusal("needs a shell for `\(command)`") }
    return "\(RealTimeClock.now() / 1_000_000_000)"
  }
}
