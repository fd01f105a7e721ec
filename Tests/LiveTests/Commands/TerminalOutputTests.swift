import TestSupport
import Testing

/// What comes from a guest, a file or the command line does not command the terminal.
extension Live {
  @Suite("output on a terminal", .requiresKVM, .timeLimit(.minutes(1)))
  struct TerminalOutputTests {
    private func screen(of command: String) -> String {
      let (screen, result) = terminalOutput(of: command)
      #expect(result.errors == "")
      return screen
    }

    private static let hostile = #"\033]0;pwned\007\302\233 6n\2336n\303\251\t\b"#

    @Test("a guest's control characters are shown, and its text is itself")
    func shown() {
      for options in ["", "--irqchip kernel"] {
        let output = screen(
          of: "printf '\(Self.hostile)' | $SWVMM run echo \(options) >$TERMINAL")
        #expect(
          output.hasPrefix("^[]0;pwned\u{7}M-BM-^[ 6nM-^[6n\u{e9}\t\u{8}"), "\(options): \(output)")
      }
    }

    @Test("a character that is cut off at the end is shown, too")
    func cutOff() {
      let output = screen(of: "printf 'a\\342\\230' | $SWVMM run echo >$TERMINAL")
      #expect(output.hasPrefix("aM-bM-^X"), "\(output)")
    }

    @Test("--raw, a file and a pipe get every byte as it is")
    func raw() {
      let bytes = "\u{1b}]0;pwned\u{7}"
      let output = screen(
        of: "printf '\\033]0;pwned\\007' | $SWVMM run echo --raw >$TERMINAL")
      #expect(output.hasPrefix(bytes))
      #expect(shell("printf '\\033]0;pwned\\007' | $SWVMM run echo").output.hasPrefix(bytes))
      #expect(shell("printf '\\033]0;pwned\\007' | $SWVMM run echo | cat").output.hasPrefix(bytes))
    }
  }
}
