import JSON
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
  static let sample: JSONValue = [
    "z": 1, "a": [nil, true, false, 1.5, "é\u{1}\"\\\n\u{7f}/"], "empty": [[:], []],
    "most": .init(UInt64.max), "least": .init(Int64.min),
  ]

  @Test("The compact layout is one line without spaces, members in order")
  func compact() {
    #expect(
      Self.sample.text()
        == #"{"z":1,"a":[null,true,false,1.5,"é\u0001\"\\\n\u007f"#
        + #"/"],"empty":[{},[]],"most":18446744073709551615,"least":-9223372036854775808}"#)
  }

  @Test("The pretty layout indents by two spaces and keeps empty containers closed")
  func pretty() {
    let value: JSONValue = ["a": [1, ["b": []]], "c": [:]]
    #expect(
      value.text(.pretty) == """
        {
          "a": [
            1,
            {
              "b": []
            }
          ],
          "c": {}
        }
        """)
  }

  @Test(
    "What is written reads back as the same value", arguments: [JSONValue.Layout.compact, .pretty])
  func roundTrip(layout: JSONValue.Layout) throws {
    let text = Self.sample.text(layout)
    let node = try JSONNode(parsing: Array(text.utf8))
    #expect(node.value == Self.sample)
    #expect(node.value.text(layout) == text)
  }

  @Test(
    "A number reads back as exactly the same number",
    arguments: [
      0, -0.0, 0.1, 1e16, 1e-7, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude,
      -123456.789,
    ])
  func numbers(value: Double) throws {
    let read = try JSONNode(parsing: Array(JSONValue.number(value).text().utf8))
    #expect(read.content == .number(value))
  }

  @Test("Every control character is escaped, and reads back")
  func controlCharacters() throws {
    for code in Array(UInt8(0)..<0x20) + Array(0x7f...0x9f) {
      let value = JSONValue.string(String(Unicode.Scalar(code)))
      let bytes = Array(value.text().utf8)
      #expect(bytes.allSatisfy { (0x20..<0x7f).contains($0) })
      #expect(try JSONNode(parsing: bytes).value == value)
    }
  }

  @Test("An integer has one form, whatever type it came from")
  func integers() {
    #expect(JSONValue(UInt64(7)) == .integer(7))
    #expect(JSONValue(UInt64(Int64.max)) == .integer(.max))
    #expect(JSONValue(UInt64(Int64.max) + 1) == .unsigned(1 << 63))
    #expect(JSONValue(Int8(-1)) == -1)
  }

  @Test("A number that JSON cannot express is a programmer's error")
  func notFinite() async {
    await #expect(processExitsWith: .failure) { _ = JSONValue.number(.infinity).text() }
    await #expect(processExitsWith: .failure) { _ = JSONValue.number(.nan).text() }
  }
}
