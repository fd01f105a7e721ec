import CTestSupport
import Glibc
import TestSupport
import Testing

/// What comes from a guest, a file or the command line does not command the terminal.
extension Live {
  @Suite("output on a terminal", .requiresKVM, .timeLimit(.minutes(1)))
  struct TerminalOutputTests {
    /// What a command's output does to a terminal: the bytes that arrive there.
    ///
    /// - Parameter command: Writes to `$TERMINAL`.
    /// - Returns: What a terminal shows.
    /// - Throws: Where there is no terminal to be had.
    private func terminalOutput(of command: String) throws -> String {
      var path = [CChar](repeating: 0, count: 256)
      let master = test_open_terminal(&path, path.count)
      try #require(master >= 0)
      defer { close(master) }
      let bytesOfName = path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
      let name = String(decoding: bytesOfName, as: UTF8.self)
      // Held open, so that what was written stays.
      let slave = open(name, O_RDWR | O_NOCTTY)
      defer { close(slave) }
      let result = shell("TERMINAL=\(name)\n\(command)")
      #expect(result.errors == "")
      _ = fcntl(master, F_SETFL, O_NONBLOCK)
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = read(master, &bytes, bytes.count)
      return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private static let hostile = #"\033]0;pwned\007\302\233 6n\2336n\303\251\t\b"#

    @Test("a guest's control characters are shown, and its text is itself")
    func shown() throws {
      for options in ["", "--irqchip kernel"] {
        let output = try terminalOutput(
          of: "printf '\(Self.hostile)' | $SWVMM run echo \(options) >$TERMINAL")
        #expect(
          output.hasPrefix("^[]0;pwned\u{7}M-BM-^[ 6nM-^[6n\u{e9}\t\u{8}"), "\(options): \(output)")
      }
    }

    @Test("a character that is cut off at the end is shown, too")
    func cutOff() throws {
      let output = try terminalOutput(of: "printf 'a\\342\\230' | $SWVMM run echo >$TERMINAL")
      #expect(output.hasPrefix("aM-bM-^X"), "\(output)")
    }

    @Test("--raw, a file and a pipe get every byte as it is")
    func raw() throws {
      let bytes = "\u{1b}]0;pwned\u{7}"
      let output = try terminalOutput(
        of: "printf '\\033]0;pwned\\007' | $SWVMM run echo --raw >$TERMINAL")
      #expect(output.hasPrefix(bytes))
      #expect(shell("printf '\\033]0;pwned\\007' | $SWVMM run echo").output.hasPrefix(bytes))
      #expect(shell("printf '\\033]0;pwned\\007' | $SWVMM run echo | cat").output.hasPrefix(bytes))
    }
  }
}
