extension String {
  /// What an ordinary terminal shows of a line.
  private static let lineWidth = 80

  /// Terms, and beside each what it means, in lines of at most 80 characters as far as the longest word lets them.
  ///
  /// - Parameter entries: Terms and their meanings, in the order in which they are shown.
  public init(definitions entries: [(term: String, meaning: String)]) {
    let margin = (entries.map(\.term.count).max() ?? 0) + 2
    self = entries.map { entry in
      var lines = [entry.term.padded(to: margin)]
      var room = Self.lineWidth - margin
      for word in entry.meaning.split(separator: " ") {
        let isFirst = room == Self.lineWidth - margin
        if !isFirst && word.count + 1 > room {
          lines.append(String(repeating: " ", count: margin) + word)
          room = Self.lineWidth - margin - word.count
        } else {
          lines[lines.count - 1] += (isFirst ? "" : " ") + word
          room -= word.count + (isFirst ? 0 : 1)
        }
      }
      return lines.joined(separator: "\n") + "\n"
    }.joined()
  }
}
