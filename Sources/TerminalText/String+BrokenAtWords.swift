extension String {
  /// A line as several, none longer than a terminal is wide as far as its words let it be.
  ///
  /// A command of this program's is broken nowhere, so that it can be copied: in parentheses, in backticks, or behind a
  /// colon up to the end.
  ///
  /// - Parameter columns: How many characters a line may have, at least 1.
  /// - Returns: The lines; all but the first begin with two spaces.
  public func brokenAtWords(to columns: Int) -> String {
    var (lines, length) = ("", 0)
    var (rest, last) = (self[...], Substring())
    while !rest.isEmpty {
      let word = Self.unbroken(rest, after: last)
      rest = rest.dropFirst(word.count + 1)
      if length > 0 {
        let fits = length + 1 + word.count <= columns
        lines += fits ? " " : "\n  "
        length = fits ? length + 1 : 2
      }
      lines += word
      length += word.count
      last = word
    }
    return lines
  }

  /// What stays together from the start of a text on.
  private static func unbroken(_ text: Substring, after last: Substring) -> Substring {
    let word = text.prefix { $0 != " " }
    let ends: [Substring: Character] = ["(swvmm": ")", "`swvmm": "`"]
    if word == "swvmm", last.hasSuffix(":") { return text }
    guard let end = ends[word], let place = text.dropFirst().firstIndex(of: end) else {
      return word
    }
    return text[..<(text[place...].firstIndex(of: " ") ?? text.endIndex)]
  }
}
