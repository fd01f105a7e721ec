extension String {
  /// What an ordinary terminal shows of a line.
  private static let lineWidth = 80

  /// Terms, and beside each what it means, in lines of at most 80 characters as far as the longest word lets them.
  ///
  /// - Parameter entries: Terms and their meanings, in the order in which they are shown.
  public init(definitions entries: [(term: String, meaning: String)]) {
    let margin = (entries.map(\.term.count).max() ?? 0) + 2
    let blank = String(repeating: " ", count: margin)
    self = entries.map { entry in
      entry.meaning.split(separator: " ").lines(
        of: Self.lineWidth, beginning: entry.term.padded(to: margin), then: blank) + "\n"
    }.joined()
  }
}
