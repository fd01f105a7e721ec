import JSON

/// The reader of JSON and both layouts of the writer.
///
/// *Reaches:* all of the grammar, the limits of depth and numbers, every escape. *Does not reach:* readers
/// of particular documents, which have other targets.
enum JSONTarget: FuzzTarget {
  static let name = "json"
  static let weight = 16

  static func run(_ input: [UInt8]) throws {
    guard let node = try? JSONNode(parsing: input) else { return }
    try checkWritten(node.value)
  }

  /// What is written reads back as the same value, and holds no control character but line feeds.
  static func checkWritten(_ value: JSONValue) throws {
    for layout in [JSONValue.Layout.compact, .pretty] {
      let text = Array(value.text(layout).utf8)
      try promise(
        text.allSatisfy { $0 >= 0x20 || $0 == UInt8(ascii: "\n") }, "a control character is written"
      )
      // The reader's bound on values is for documents from elsewhere; no document has more than bytes.
      let again = try JSONNode(parsing: text, maximumCount: text.count)
      try promise(again.value == value, "written JSON reads back as something else")
    }
  }

  static func seeds() -> [[UInt8]] {
    [
      #"{"a":[1,-0.5e3,18446744073709551615,-9223372036854775808],"b":{"":null,"c":true}}"#,
      #"["\u00e9\ud83d\ude00\u001b\"\\\/\b\f\n\r\t",false,1e308,5e-324,[[[[]]]]]"#,
      #"{"e":"é","f":"e\u0301"} "#,
    ].map { Array($0.utf8) }
  }

  static var largeInputs: [LargeInput] {
    func repeated(_ text: String, _ count: Int) -> [UInt8] {
      Array(repeatElement(Array(text.utf8), count: count).joined())
    }
    return [
      LargeInput("depth-64") { repeated("[", 64) + repeated("]", 64) },
      LargeInput("depth-a-million") { repeated("[", 1 << 20) },
      LargeInput("objects-in-depth") { repeated(#"{"a":"#, 1 << 18) },
      LargeInput("numbers") { Array("[0".utf8) + repeated(",0", 1 << 19) + Array("]".utf8) },
      LargeInput("digits") { repeated("1", 1 << 20) },
      LargeInput("string") { Array("\"".utf8) + repeated("\\u001b", 1 << 18) + Array("\"".utf8) },
      LargeInput("white-space") { repeated(" ", 1 << 22) },
      LargeInput("members") {
        Array((0..<40_000).map { "\"m\($0)\":\($0)" }.joined(separator: ",").utf8).inBraces
      },
    ]
  }
}

extension [UInt8] {
  /// The members as an object.
  var inBraces: [UInt8] { [UInt8(ascii: "{")] + self + [UInt8(ascii: "}")] }
}
