/// Words in lines of about a hundred characters, behind a head that is as wide as the margin of the others.
func wordLines(_ words: [String], after head: String) -> String {
  let margin = String(repeating: " ", count: head.count)
  var lines = [head]
  for word in words {
    if lines[lines.count - 1].count + word.count > 100 { lines.append(margin) }
    let isFirst = lines[lines.count - 1].count == head.count
    lines[lines.count - 1] += (isFirst ? "" : " ") + word
  }
  return lines.joined(separator: "\n") + (words.isEmpty ? "" : "\n")
}
