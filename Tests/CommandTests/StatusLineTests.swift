import TestSupport
import Testing

/// What a terminal gets that a pipe does not.
@Suite("on a terminal", .timeLimit(.minutes(5)))
struct StatusLineTests {
  @Test(
    "long work has a line that says how far it is, and that is gone at the end; --quiet has none",
    arguments: [
      (
        "explore count-compare --walk 1 --timeout 1",
        "\rcount-compare: 0 walks, 0 actions, 0 of 1 s"
      ),
      ("device duel \"$SWVMM device serve gic\" --operations 1000", "\rgic: 0 of 1000 operations"),
    ])
  func lines(words: String, line: String) {
    let (screen, result) = terminalOutput(of: "$SWVMM \(words) 2>$TERMINAL")
    #expect(result.status == 0 && screen.contains(line), "\(screen)")
    #expect(screen.contains("\r\u{1b}[K"), "\(screen)")
    let quiet = terminalOutput(of: "$SWVMM \(words) --quiet 2>$TERMINAL")
    #expect(quiet.result.output == result.output || words.hasPrefix("explore"), "\(quiet)")
    #expect(!quiet.screen.contains("\r\u{1b}[K"), "\(quiet)")
  }

  @Test("a message is broken at words, as wide as the terminal is; elsewhere it is one line")
  func messages() {
    let words = "$SWVMM explore nothing-that-is-there --walk 1 --describe"
    let whole = shell(words).errors
    let (screen, _) = terminalOutput(of: "COLUMNS=40 \(words) 2>$TERMINAL")
    let lines = screen.split(separator: "\r\n")
    #expect(lines.count > 1 && lines.allSatisfy { $0.count <= 40 }, "\(screen)")
    #expect(screen.replacing("\r\n  ", with: " ").replacing("\r\n", with: "\n") == whole)
  }
}
