import JSON
import Testing

private func read(_ text: String) throws(JSONError) -> JSONValue {
  try JSONNode(parsing: Array(text.utf8)).value
}

@Suite("JSON reader")
struct JSONReaderTests {
  @Test(
    "A valid document gives its value",
    arguments: [
      ("null", .null),
      (" true ", true),
      ("\r\n\tfalse", false),
      ("0", 0),
      ("-0", 0),
      ("-9223372036854775808", .integer(.min)),
      ("9223372036854775807", .integer(.max)),
      ("9223372036854775808", .unsigned(1 << 63)),
      ("18446744073709551615", .unsigned(.max)),
      ("1.5", 1.5),
      ("-2.5e3", -2500.0),
      ("1E+2", 100.0),
      ("25e-2", 0.25),
      ("\"\"", ""),
      (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{c}\n\r\t"),
      (#""\u0041\u00e9\u20AC\ud83d\ude00""#, "Aé€😀"),
      (#""\u0000""#, "\u{0}"),
      ("\"é€😀\u{7f}\"", "é€😀\u{7f}"),
      ("[]", []),
      ("{ }", [:]),
      ("[1,[2 , 3],{}]", [1, [2, 3], [:]]),
      (#"{"b":1,"a":{"b":2}}"#, ["b": 1, "a": ["b": 2]]),
    ] as [(String, JSONValue)])
  func valid(text: String, value: JSONValue) throws {
    #expect(try read(text) == value)
  }

  @Test(
    "What takes memory is counted, and a document of too much of it is refused where it gets there")
  func count() throws {
    func parse(_ text: String, _ count: Int) throws(JSONError) -> JSONNode {
      try JSONNode(parsing: Array(text.utf8), maximumCount: count)
    }
    for (text, count) in [
      ("1", 1), ("[]", 2), ("{}", 2), ("[1,2]", 4), (#"{"a":1}"#, 3), (#""sixteen bytes xx""#, 2),
      (#""fifteen bytes x""#, 1), (#"{"sixteen bytes xx":[]}"#, 5), ("  [ [ ] ]", 4),
    ] {
      #expect(throws: Never.self, "\(text)") { try parse(text, count) }
      #expect(throws: JSONError.self, "\(text)") { try parse(text, count - 1) }
    }
    let error = try #require(throws: JSONError.self) { try parse("[1,\n 2,3]", 3) }
    #expect(error.description == "line 2, column 2: the document has more values than are read (3)")
    // A line as long as the file is not a message.
    let digits = try #require(throws: JSONError.self) {
      try parse(String(repeating: "7", count: 1 << 20), 1)
    }
    #expect(digits.problem.utf8.count < 100)
  }

  @Test("A member's second name is found among few and among many")
  func secondNames() throws {
    for count in [1, 2, 15, 16, 17, 18, 100] {
      let members = (0..<count).map { #""m\#($0)":0"# }.joined(separator: ",")
      #expect(throws: Never.self) { try read("{\(members)}") }
      for again in [0, count / 2, count - 1] {
        #expect(throws: JSONError.self) { try read(#"{\#(members),"m\#(again)":1}"#) }
      }
    }
  }

  @Test(
    "An invalid document is refused at the place of its first fault",
    arguments: [
      ("", 1, 1), ("  \n ", 2, 2), ("nul", 1, 1), ("True", 1, 1), ("nulll", 1, 5),
      ("01", 1, 2), ("-", 1, 2), ("+1", 1, 1), (".5", 1, 1), ("1.", 1, 3), ("1e", 1, 3),
      ("1e+", 1, 4), ("0x10", 1, 2), ("-01", 1, 3), ("1 2", 1, 3), ("NaN", 1, 1), ("1e999", 1, 1),
      ("18446744073709551616", 1, 1), ("-9223372036854775809", 1, 1),
      ("\"", 1, 1), ("\"a\nb\"", 1, 3), ("\"\u{1f}\"", 1, 2), ("\"\u{0}\"", 1, 2),
      (#""\udc00\udc00""#, 1, 2), (#""\x""#, 1, 2), (#""\u12g4""#, 1, 6), (#""\"#, 1, 2),
      (#""\ud800""#, 1, 2), (#""\ud800x""#, 1, 2), (#""\ud800\u0041""#, 1, 2), (#""\udc00""#, 1, 2),
      ("[", 1, 2), ("[1", 1, 3), ("[1,]", 1, 4), ("[,1]", 1, 2), ("[1 2]", 1, 4), ("]", 1, 1),
      ("{", 1, 2), ("{1:2}", 1, 2), (#"{"a"}"#, 1, 5), (#"{"a":}"#, 1, 6), (#"{"a":1,}"#, 1, 8),
      (#"{"a":1 "b":2}"#, 1, 8), ("{\n\"a\":1,\n \"a\":2}", 3, 2), ("[1] []", 1, 5),
      ("'a'", 1, 1), ("[1] // no", 1, 5), ("\u{feff}1", 1, 1), ("\u{a0}1", 1, 1),
    ])
  func invalid(text: String, line: Int, column: Int) throws {
    let error = try #require(throws: JSONError.self) { try read(text) }
    #expect([error.line, error.column] == [line, column], "\(error)")
    #expect(!error.problem.isEmpty)
  }

  @Test(
    "A string that is not UTF-8 is refused",
    arguments: [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]])
  func invalidUTF8(bytes: [UInt8]) {
    #expect(throws: JSONError(line: 1, column: 1, problem: "the string is not valid UTF-8")) {
      try JSONNode(parsing: [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")])
    }
  }

  @Test("Nesting is limited, and everything within the limit is read")
  func depth() throws {
    func nested(_ levels: Int) -> [UInt8] {
      Array((String(repeating: "[", count: levels) + String(repeating: "]", count: levels)).utf8)
    }
    #expect(throws: Never.self) { try JSONNode(parsing: nested(64)) }
    #expect(throws: JSONError.self) { try JSONNode(parsing: nested(65)) }
    #expect(throws: JSONError.self) { try JSONNode(parsing: nested(1_000_000)) }
    #expect(throws: Never.self) { try JSONNode(parsing: nested(3), maximumDepth: 3) }
    #expect(throws: JSONError.self) { try JSONNode(parsing: nested(4), maximumDepth: 3) }
    // Neighbours do not add up.
    #expect(throws: Never.self) { try JSONNode(parsing: Array("[[],[],{}]".utf8), maximumDepth: 2) }
  }

  @Test(
    "Every truncation and every single-byte change of a document is read or refused, never a trap")
  func damage() throws {
    let sample = Array(
      #"{"id": "m\u00e91\ud83d\ude00", "ops": [1, -2.5e3, true, null, "é\n"], "e": {"min": 0}}"#
        .utf8)
    _ = try JSONNode(parsing: sample)
    for length in 0..<sample.count {
      #expect(throws: JSONError.self) { try JSONNode(parsing: Array(sample[..<length])) }
    }
    var readable = 0
    for index in sample.indices {
      for byte in UInt8.min...UInt8.max {
        var damaged = sample
        damaged[index] = byte
        // A typed throw or a value: what this loop would show is a trap.
        if (try? JSONNode(parsing: damaged)) != nil { readable += 1 }
      }
    }
    // At the least the undamaged document itself, once for every byte.
    #expect(readable > sample.count)
  }

  @Test("Each node knows its line and column, and an object finds its members")
  func places() throws {
    let node = try JSONNode(parsing: Array("{\n  \"é\": [10,\n 20],\n\"b\": \"x\\ny\" }".utf8))
    #expect([node.line, node.column] == [1, 1])
    let list = try #require(node["é"])
    #expect([list.line, list.column] == [2, 9])
    guard case .array(let elements) = list.content else {
      Issue.record("\(list.kind) instead of an array")
      return
    }
    #expect(elements.map(\.line) == [2, 3])
    #expect(elements.map(\.column) == [10, 2])
    #expect(node["b"]?.line == 4)
    #expect(node["c"] == nil)
    #expect(list["é"] == nil)
    #expect(list.error("odd") == JSONError(line: 2, column: 9, problem: "odd"))
    #expect(list.error("odd").description == "line 2, column 9: odd")
  }

  @Test("A duplicate name is refused within one object only")
  func duplicates() throws {
    #expect(throws: Never.self) { try read(#"[{"a":1},{"a":{"a":2}}]"#) }
    #expect(throws: JSONError.self) { try read(#"{"a":1,"b":2,"\u0061":3}"#) }
  }
}
