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

  /// Reads a replay string; nil where it is none, or its cut is not well-formed.
  public init?(_ text: String) {
    let words = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (7...8).contains(words.count), let subject = TortureSubject(rawValue: String(words[0])),
      let boundary = CutBoundary(words[1]), let place = DeadlinePlace(words[2]),
      words[3].hasPrefix("rest"), words[3].utf8.dropFirst(4).allSatisfy({ (48...57).contains($0) }),
      let rest = Int(words[3].dropFirst(4)), words[4].hasPrefix("get-"),
      let gets = TorturePart.parts(words[4].dropFirst(4)), words[5].hasPrefix("set-"),
      let sets = TorturePart.parts(words[5].dropFirst(4)), ["same", "new"].contains(words[6])
    else { return nil }
    var plant: TorturePlant?
    if words.count == 8 {
      plant = TorturePlant(rawValue: String(words[7]))
      if plant == nil { return nil }
    }
    self.subject = subject
    cut = Cut(
      boundary, place, gets: gets, rest: rest, sets: sets, isNewVM: words[6] == "new", plant: plant)
    guard cut.isWellFormed else { return nil }
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
