import TerminalText
import Testing

@Suite("Terms and what they mean")
struct DefinitionTests {
  @Test("meanings stand beside their terms, in lines that a terminal does not wrap")
  func lines() {
    let words = Array(repeating: "four", count: 40).joined(separator: " ")
    let text = String(definitions: [("a", "one"), ("long", words), ("none", "")])
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first == "a     one" && lines.suffix(2) == ["none  ", ""])
    // 74 characters are left of 80: 15 words of 4 with a space between, 14 of these.
    #expect(lines[1] == "long  " + words.prefix(74) && lines[1].count == 80)
    #expect(lines[2].hasPrefix("      four") && lines.count == 6)
    #expect(lines.allSatisfy { $0.count <= 80 })
    let shown = lines[1...3].joined(separator: " ").split(separator: " ").dropFirst()
    #expect(shown.joined(separator: " ") == words)
  }

  @Test("a word that is longer than a line has a line")
  func longWord() {
    let word = String(repeating: "x", count: 100)
    #expect(String(definitions: [("a", "b \(word) c")]) == "a  b\n   \(word)\n   c\n")
  }
}
