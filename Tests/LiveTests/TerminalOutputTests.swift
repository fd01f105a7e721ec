import CTestSupport
import Glibc
import Testing

/// What comes from a guest, a file or the command line does not command the terminal.
extension Live {
  @Suite("output on a terminal", .timeLimit(.minutes(1)))
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

    @Test("a guest's control characters are shown, and its text is itself", .requiresKVM)
    func shown() throws {
      for options in ["", "--irqchip kernel"] {
        let output = try terminalOutput(
          of: "printf '\(Self.hostile)' | $SWVMM run echo \(options) >$TERMINAL")
        #expect(
          output.hasPrefix("^[]0;pwned\u{7}M-BM-^[ 6nM-^[6n\u{e9}\t\u{8}"), "\(options): \(output)")
      }
    }

    @Test("a character that is cut off at the end is shown, too", .requiresKVM)
    func cutOff() throws {
      let output = try terminalOutput(of: "printf 'a\\342\\230' | $SWVMM run echo >$TERMINAL")
      #expect(output.hasPrefix("aM-bM-^X"), "\(output)")
    }

    @Test("--raw, a file and a pipe get every byte as it is", .requiresKVM)
    func raw() throws {
      let bytes = "\u{1b}]0;pwned\u{7}"
      let output = try terminalOutput(
        of: "printf '\\033]0;pwned\\007' | $SWVMM run echo --raw >$TERMINAL")
      #expect(output.hasPrefix(bytes))
      #expect(shell("printf '\\033]0;pwned\\007' | $SWVMM run echo").output.hasPrefix(bytes))
      #expect(shell("printf '\\033]0;pwned\\007' | $SWVMM run echo | cat").output.hasPrefix(bytes))
    }

    @Test(
      "no message, table or document has a control character of another's",
      arguments: [
        ("run \"$BAD\"", 66), ("run hello --boot \"$BAD\"", 64), ("restore \"$BAD\"", 66),
        ("\"$BAD\"", 64), ("run hello \"--$BAD\"", 64), ("help \"$BAD\"", 0),
        ("run hello --snapshot-on \"$BAD\" f", 64), ("run --memory \"$BAD\" hello", 64),
        ("regress \"$BAD\"", 64), ("regress --format \"$BAD\"", 64), ("explore \"$BAD\"", 64),
        ("explore --bug \"$BAD\"", 64), ("replay \"$BAD\"", 65),
        ("replay \"count-compare:$BAD\"", 65), ("replay \"count-compare/$BAD:match\"", 65),
        ("tsc \"$BAD\"", 66), ("tsc --example \"$BAD\"", 64), ("tsc --bug \"$BAD\" x", 64),
        ("images export \"$BAD\" f", 66), ("images export hello \"/nowhere/$BAD\"", 71),
        ("conform --model mips \"$BAD\"", 66), ("conform --model \"$BAD\" f", 64),
        ("measure --timer \"$BAD\"", 64), ("measure merge \"$BAD\" \"$BAD\"", 66),
        ("conform --model mips name.json", 65), ("tsc name.json", 65), ("tsc clock", 1),
        ("tsc --json clock", 1), ("tsc 'a\u{1b}b.json'", 65),
        ("measure merge name.json name.json", 65),
        ("conform --model mips script.json", 1), ("conform --model mips --json script.json", 1),
      ])
    func messages(words: String, status: Int32) {
      let result = shell(
        """
        BAD=$(printf 'a\\033]0;p\\007\\302\\233b\\nc')
        printf '[{"\\\\u001b[31mX\\\\u009b":1,"\\\\u001b[31mX\\\\u009b":2}]' >name.json
        cp name.json "$(printf 'a\\033b.json')"
        printf '[{"id":"A\\\\u001b]0;p\\\\u0007B","title":"A\\\\u009b\\\\nB","ops":["read boot_ti -> ti"],' >script.json
        printf '"expect":{"ti":7},"rule":"r"}]' >>script.json
        printf 'a\\033]b-7 [000] 1.0: kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 ' >clock
        printf 'nr_online 1 hostclock \\033]0;p\\007\\302\\233\\n' >>clock
        $SWVMM \(words)
        """)
      #expect(result.status == status, "\(result.errors)\(result.output)")
      for text in [result.output, result.errors] {
        let commands = text.unicodeScalars.filter {
          $0 != "\n" && $0.properties.generalCategory == .control
        }
        #expect(commands.isEmpty, "\(text)")
      }
      if !result.errors.isEmpty { #expect(result.hasOneLineOfComplaint, "\(result.errors)") }
      if words.hasPrefix("conform --model mips script") {
        #expect(result.output.split(separator: "\n").count == 3, "\(result.output)")
      }
    }
  }
}
