import TerminalText
import TestSupport
import Testing

@Suite("Visible text")
struct VisibleTests {
  @Test("no control character is left, and everything else is as it was")
  func everyScalar() {
    for value in UInt32(0)...0x2fff {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = "a\(Character(scalar))b"
      let isControl =
        scalar.properties.generalCategory == .control || scalar.properties.isBidiControl
        || value == 0x2028 || value == 0x2029
      if isControl {
        #expect(text.visible.unicodeScalars.allSatisfy { !$0.isControl }, "\(value)")
        #expect(text.visible.hasPrefix("a\\") && text.visible.hasSuffix("b"), "\(value)")
        #expect(text.visibleLines == (scalar == "\n" ? text : text.visible), "\(value)")
      } else {
        #expect(text.visible == text && text.visibleLines == text, "\(value)")
      }
    }
  }

  @Test("markup: what begins an element or an entity, or ends an attribute, is escaped")
  func markup() {
    #expect(
      "a<b> & \"c\" \u{1b} \u{fffe}".markup == "a&lt;b&gt; &amp; &quot;c&quot; \\u{1b} \u{fffd}")
    #expect("&amp;".markup == "&amp;amp;" && "é \u{1f600}'".markup == "é \u{1f600}'")
  }

  @Test("how they are spelled")
  func spelling() {
    let text = "\u{1b}]0;x\u{7}\n\r\t\u{9b}6n\u{202e}\u{7f} é \u{1f600}"
    #expect(
      text.visible == #"\u{1b}]0;x\u{7}\n\r\t\u{9b}6n\u{202e}\u{7f} é "# + "\u{1f600}")
    #expect(text.visible.visible == text.visible)
    #expect("".visible == "")
  }

  @Test("a carriage return and a newline are two characters, though Swift joins them to one")
  func lineEnds() {
    #expect("a\r\nb".visible == #"a\r\nb"#)
    #expect("a\r\nb".visibleLines == "a\\r\nb")
    // A mark that joins what is before it hides nothing either.
    #expect("\u{1b}\u{301}".visible == "\\u{1b}\u{301}")
  }
}
