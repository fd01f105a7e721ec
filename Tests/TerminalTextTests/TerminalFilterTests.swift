import TerminalText
import TestSupport
import Testing

@Suite("Terminal filter")
struct TerminalFilterTests {
  private func filtered(_ bytes: [UInt8]) -> String {
    var filter = TerminalFilter()
    var output: [UInt8] = []
    for byte in bytes {
      let before = output.count
      filter.take(byte) { output.append($0) }
      #expect(output.count - before <= TerminalFilter.growth)
    }
    filter.finish { output.append($0) }
    return String(validating: output, as: UTF8.self) ?? "not UTF-8: \(output)"
  }

  @Test("text passes, in any script")
  func text() {
    let text = "plain\r\n\ttab \u{8}\u{7} é ш 日本 \u{1f600} \u{5d0}\u{200f} \u{a0}\u{10ffff}"
    #expect(filtered(Array(text.utf8)) == text)
  }

  @Test("what would command a terminal is shown")
  func controls() {
    #expect(filtered(Array("\u{1b}]52;c;aGk=\u{7}".utf8)) == "^[]52;c;aGk=\u{7}")
    #expect(filtered([0x00, 0x0e, 0x7f, 0x1a]) == "^@^N^?^Z")
    // CSI as one byte, and as UTF-8.
    #expect(filtered([0x9b, 0x36, 0x6e]) == "M-^[6n")
    #expect(filtered([0xc2, 0x9b, 0x36, 0x6e]) == "M-BM-^[6n")
    // Overlong ESC, a surrogate, above U+10FFFF, and bytes that begin nothing.
    #expect(filtered([0xc0, 0x9b]) == "M-@M-^[")
    #expect(filtered([0xe0, 0x80, 0x9b]) == "M-`M-^@M-^[")
    #expect(filtered([0xed, 0xa0, 0x80]) == "M-mM- M-^@")
    #expect(filtered([0xf4, 0x90, 0x80, 0x80]) == "M-tM-^PM-^@M-^@")
    #expect(filtered([0xff, 0xfe, 0xff]) == "M-^?M-~M-^?")
  }

  @Test("a sequence that is cut off is shown, and what follows is itself again")
  func cutOff() {
    #expect(filtered([0xe2, 0x98]) == "M-bM-^X")
    #expect(filtered([0xe2, 0x1b, 0x5b]) == "M-b^[[")
    #expect(filtered([0xf0, 0x9f, 0x98, 0xc3, 0xa9]) == "M-pM-^_M-^Xé")
    #expect(filtered([0xc3]) == "M-C")
  }

  @Test("whatever comes, no control but the five comes out, and only whole characters")
  func fuzz() {
    var random = SplitMix64(seed: 3)
    let allowed: Set<Unicode.Scalar> = ["\n", "\r", "\t", "\u{8}", "\u{7}"]
    let interesting: [UInt8] = [0x1b, 0x9b, 0xc2, 0xe2, 0xf0, 0x80, 0xa0, 0x41]
    for _ in 0..<20_000 {
      let bytes = (0..<8).map { _ in
        Bool.random(using: &random)
          ? interesting.randomElement(using: &random)! : UInt8.random(in: 0...255, using: &random)
      }
      let output = filtered(bytes)
      if !output.unicodeScalars.allSatisfy({
        allowed.contains($0) || $0.properties.generalCategory != .control
      }) || output.hasPrefix("not UTF-8") {
        Issue.record("\(bytes)")
        return
      }
    }
  }

  @Test("what several filters let out joins to no control, in any order of their pieces")
  func interleaved() {
    var random = SplitMix64(seed: 4)
    for _ in 0..<5_000 {
      var filters = [TerminalFilter(), TerminalFilter()]
      var output: [UInt8] = []
      for _ in 0..<12 {
        let byte: UInt8 = [0xc2, 0x9b, 0xe2, 0x98, 0x83, 0x1b].randomElement(using: &random)!
        filters[Int.random(in: 0...1, using: &random)].take(byte) { output.append($0) }
      }
      let text = String(validating: output, as: UTF8.self)
      if text?.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) != true {
        Issue.record("\(output)")
        return
      }
    }
  }
}
