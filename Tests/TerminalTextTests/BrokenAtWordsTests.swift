import TerminalText
import Testing

@Suite("Text broken at words")
struct BrokenAtWordsTests {
  @Test(
    "lines break at words, and a command nowhere",
    arguments: [
      ("", ""), ("one", "one"), ("one two", "one two"), ("one two three", "one two\n  three"),
      ("a  b", "a  b"), ("0123456789 a", "0123456789\n  a"),
      ("it (swvmm help run); b", "it\n  (swvmm help run);\n  b"),
      ("use `swvmm probe` now", "use\n  `swvmm probe`\n  now"),
      ("do: swvmm bugs it", "do:\n  swvmm bugs it"), ("in swvmm the word", "in swvmm\n  the word"),
    ])
  func lines(text: String, expected: String) {
    #expect(text.brokenAtWords(to: 10) == expected)
  }

  @Test("a line has as many characters as there is room for, and what is narrow is unbroken")
  func widths() {
    #expect("12345 7890".brokenAtWords(to: 10) == "12345 7890")
    #expect("12345 78901".brokenAtWords(to: 10) == "12345\n  78901")
    #expect("a b".brokenAtWords(to: 1) == "a\n  b")
  }
}
