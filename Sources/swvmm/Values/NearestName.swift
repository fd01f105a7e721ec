/// The name that a mistyped word is nearest to.
///
/// - Parameters:
///   - word: What was written.
///   - names: What there is.
/// - Returns: The name; nil where none is near.
func nearestName(to word: String, among names: [String]) -> String? {
  // No name is as long, and what a word costs grows with it.
  guard word.utf8.count <= 100 else { return nil }
  let distances = names.map { ($0, editDistance($0, word)) }
  guard let best = distances.min(by: { $0.1 < $1.1 }), best.1 <= max(1, word.count / 3) else {
    return nil
  }
  return best.0
}

/// `did you mean NAME?`, with all names that begin with the word, else with the nearest; nil where there is none.
func question(about word: String, among names: [String]) -> String? {
  let longer = word.isEmpty ? [] : names.filter { $0.hasPrefix(word) }
  let meant = longer.isEmpty ? nearestName(to: word, among: names).map { [$0] } ?? [] : longer
  guard let last = meant.last else { return nil }
  let others = meant.dropLast().joined(separator: ", ")
  return "did you mean \(others.isEmpty ? last : "\(others) or \(last)")?"
}

/// The same behind a semicolon, or nothing.
func guess(at word: String, among names: [String]) -> String {
  question(about: word, among: names).map { "; \($0)" } ?? ""
}

/// The number of insertions, deletions and replacements from one word to the other.
private func editDistance(_ left: String, _ right: String) -> Int {
  let right = Array(right)
  var row = Array(0...right.count)
  for (number, character) in left.enumerated() {
    var diagonal = row[0]
    row[0] = number + 1
    for (column, other) in right.enumerated() {
      let replaced = diagonal + (character == other ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
    }
  }
  return row[right.count]
}
