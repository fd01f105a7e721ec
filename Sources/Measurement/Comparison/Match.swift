/// Two series that are compared.
struct Match {
  let first: Series
  let second: Series
  /// The name of both, or what each has in its place, as in `count-compare inject block/spin`.
  let name: String

  init(_ first: Series, _ second: Series, name: String) {
    (self.first, self.second, self.name) = (first, second, name)
  }

  /// The series of two results that were measured with one setting changed, such as another way of waiting.
  ///
  /// *Why one word:* names are made of settings. Where one and the same word stands for another in every name, what
  /// was changed is beyond doubt; else nothing is matched, rather than series that have nothing to do with each other.
  static func counterparts(_ first: [Series], _ second: [Series]) -> [Match] {
    guard first.count == second.count else { return [] }
    var changed: (before: Substring, after: Substring)?
    var matches: [Match] = []
    for (one, other) in zip(first, second) {
      var words = one.name.split(separator: " ")
      let others = other.name.split(separator: " ")
      guard words.count == others.count else { return [] }
      let places = words.indices.filter { words[$0] != others[$0] }
      guard places.count == 1, words.count > 1 else { return [] }
      let (before, after) = (words[places[0]], others[places[0]])
      guard changed.map({ $0 == (before, after) }) ?? true else { return [] }
      changed = (before, after)
      words[places[0]] = before + "/" + after
      matches.append(Match(one, other, name: words.joined(separator: " ")))
    }
    return matches
  }
}
