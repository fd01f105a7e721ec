import TestSupport
import Testing

/// What comes from a file or the command line does not command the terminal.
@Suite("messages", .timeLimit(.minutes(5)))
struct MessageTests {
  @Test(
    "no message, table or document has a control character of another's",
    arguments: [
      ("run \"$BAD\"", 66), ("run hello --boot \"$BAD\"", 64), ("restore \"$BAD\"", 66),
      ("\"$BAD\"", 64), ("run hello \"--$BAD\"", 64), ("help \"$BAD\"", 64),
      ("run hello --snapshot-on \"$BAD\" f", 64), ("run --memory \"$BAD\" hello", 64),
      ("regress \"$BAD\"", 64), ("regress --format \"$BAD\"", 64), ("explore \"$BAD\"", 64),
      ("explore --bug \"$BAD\"", 64), ("replay \"$BAD\"", 64),
      ("replay \"count-compare:$BAD\"", 64), ("replay \"count-compare/$BAD:match\"", 64),
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
