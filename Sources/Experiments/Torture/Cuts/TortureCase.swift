/// A subject and a cut: what a replay string says.
///
/// The string is one word that a shell leaves alone, `SUBJECT:BOUNDARY:PLACE:restN:get-LETTERS:set-LETTERS:VM`,
/// where VM is `same` or `new`, and `:PLANT` at the end where the state is damaged.
public struct TortureCase: Hashable, Sendable, CustomStringConvertible {
  /// What is cut.
  public var subject: TortureSubject
  /// How.
  public var cut: Cut

  /// Creates a case.
  public init(_ subject: TortureSubject, _ cut: Cut) {
    self.subject = subject
    self.cut = cut
  }

  /// Reads a replay string.
  ///
  /// - Parameter text: The string.
  /// - Throws: ``CutMistake`` with the first part that is wrong.
  public init(_ text: String) throws(CutMistake) {
    let words = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (7...8).contains(words.count) else { throw .partCount(words.count) }
    guard let subject = TortureSubject(rawValue: words[0]) else { throw .subject(words[0]) }
    guard let boundary = CutBoundary(words[1]) else { throw .boundary(words[1]) }
    guard let place = DeadlinePlace(words[2]) else { throw .place(words[2]) }
    guard let rest = Self.rest(words[3]) else { throw .rest(words[3]) }
    let gets = try Self.parts(words[4], "get-")
    let sets = try Self.parts(words[5], "set-")
    guard ["same", "new"].contains(words[6]) else { throw .vm(words[6]) }
    var plant: TorturePlant?
    if words.count == 8 {
      plant = TorturePlant(rawValue: words[7])
      if plant == nil { throw .plant(words[7]) }
    }
    self.subject = subject
    cut = Cut(
      boundary, place, gets: gets, rest: rest, sets: sets, isNewVM: words[6] == "new", plant: plant)
    if let mistake = cut.mistake { throw mistake }
  }

  private static func rest(_ word: String) -> Int? {
    let digits = word.dropFirst(4)
    guard word.hasPrefix("rest"), digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let rest = Int(digits), rest <= Cut.restMax
    else { return nil }
    return rest
  }

  private static func parts(
    _ word: String, _ beginning: String
  ) throws(CutMistake) -> [TorturePart] {
    guard word.hasPrefix(beginning) else { throw .list(word, beginning: beginning) }
    var parts: [TorturePart] = []
    for letter in word.dropFirst(beginning.count) {
      guard let part = TorturePart(rawValue: letter) else { throw .letter(letter, list: word) }
      guard !parts.contains(part) else { throw .twice(letter, list: word) }
      parts.append(part)
    }
    return parts
  }

  /// The replay string.
  public var description: String {
    let words = [
      subject.rawValue, cut.boundary.text, cut.place.text, "rest\(cut.rest)",
      "get-" + TorturePart.letters(cut.gets), "set-" + TorturePart.letters(cut.sets),
      cut.isNewVM ? "new" : "same",
    ]
    return (words + (cut.plant.map { [$0.rawValue] } ?? [])).joined(separator: ":")
  }
}
