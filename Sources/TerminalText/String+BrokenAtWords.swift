extension String {
  /// A line as several, none longer than a terminal is wide as far as its words let it be.
  ///
  /// A command of this program's is broken nowhere, so that it can be copied: in parentheses, in backticks, or behind a
  /// colon up to the end.
  ///
  /// - Parameter columns: How many characters a line may have, at least 1.
  /// - Returns: The lines; all but the first begin with two spaces.
  public func brokenAtWords(to columns: Int) -> String {
    var (words, rest) = ([Substring](), self[...])
    while !rest.isEmpty {
      words.append(Self.unbroken(rest, after: words.last ?? ""))
      rest = rest.dropFirst(words[words.count - 1].count + 1)
    }
    return words.lines(of: columns, beginning: "", then: "  ")
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

extension [Substring] {
  /// Words in lines, none longer than `columns` as far as the longest word lets it be.
  ///
  /// - Parameters:
  ///   - columns: How many characters a line may have.
  ///   - beginning: What the first line begins with.
  ///   - margin: What all others begin with.
  /// - Returns: The lines, the last without its end.
  func lines(of columns: Int, beginning: String, then margin: String) -> String {
    var (lines, length) = (beginning, beginning.count)
    for (index, word) in enumerated() {
      if index > 0 {
        let fits = length + 1 + word.count <= columns
        lines += fits ? " " : "\n" + margin
        length = fits ? length + 1 : margin.count
      }
      lines += word
      length += word.count
    }
    return lines
  }
}
