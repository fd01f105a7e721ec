/// A recursive-descent reader; its depth is bounded by `maximumDepth`.
struct JSONReader {
  let bytes: [UInt8]
  let maximumDepth: Int
  let maximumCount: Int
  /// What was counted so far.
  private var count = 0
  var position = 0
  var line = 1
  /// Where the current line starts in `bytes`.
  var lineStart = 0
  var depth = 0

  init(bytes: [UInt8], maximumDepth: Int, maximumCount: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
    self.maximumCount = maximumCount
  }

  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  func error(_ problem: String) -> JSONError { error(at: position, problem) }

  /// An error at a byte of the current line.
  func error(at position: Int, _ problem: String) -> JSONError {
    JSONError(line: line, column: position - lineStart + 1, problem: problem)
  }

  /// Counts what takes memory, before it does.
  mutating func spend() throws(JSONError) {
    count += 1
    guard count <= maximumCount else {
      throw error("the document has more values than are read (\(maximumCount))")
    }
  }

  mutating func take(_ byte: Character) -> Bool {
    guard next == byte.asciiValue else { return false }
    position += 1
    return true
  }

  mutating func skipWhiteSpace() {
    while let byte = next {
      switch byte {
      case 0x20, 0x09, 0x0d: position += 1
      case 0x0a:
        position += 1
        line += 1
        lineStart = position
      default: return
      }
    }
  }

  mutating func readDocument() throws(JSONError) -> JSONNode {
    let node = try readValue()
    skipWhiteSpace()
    guard next == nil else { throw error("the document should end here") }
    return node
  }

  mutating func readValue() throws(JSONError) -> JSONNode {
    skipWhiteSpace()
    try spend()
    let (line, column) = (line, position - lineStart + 1)
    return JSONNode(content: try readContent(), line: line, column: column)
  }

  private mutating func readContent() throws(JSONError) -> JSONNode.Content {
    guard let next else { throw error("a value is expected here, but the document ends") }
    switch next {
    case UInt8(ascii: "n"): return try readLiteral("null", .null)
    case UInt8(ascii: "t"): return try readLiteral("true", .bool(true))
    case UInt8(ascii: "f"): return try readLiteral("false", .bool(false))
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "["): return .array(try readArray())
    case UInt8(ascii: "{"): return .object(try readObject())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try readNumber()
    default: throw error("a value is expected here")
    }
  }

  private mutating func readLiteral(
    _ word: StaticString, _ content: JSONNode.Content
  ) throws(JSONError) -> JSONNode.Content {
    let text = word.description
    guard bytes[position...].starts(with: text.utf8) else {
      throw error("a value is expected here; did you mean \(text)?")
    }
    position += text.utf8.count
    return content
  }

  private mutating func readArray() throws(JSONError) -> [JSONNode] {
    try descend()
    var elements: [JSONNode] = []
    skipWhiteSpace()
    if take("]") { return ascend(with: elements) }
    while true {
      elements.append(try readValue())
      skipWhiteSpace()
      if take("]") { return ascend(with: elements) }
      guard take(",") else { throw error("a comma or ] is expected here") }
    }
  }

  private mutating func readObject() throws(JSONError) -> [JSONNode.Member] {
    try descend()
    var members: [JSONNode.Member] = []
    var names = NameSet()
    skipWhiteSpace()
    if take("}") { return ascend(with: members) }
    while true {
      skipWhiteSpace()
      guard next == UInt8(ascii: "\"") else { throw error("a member's name is expected here") }
      let start = position
      let name = try readString()
      guard names.insert(name, of: members) else {
        throw error(at: start, "the object has a member named \(excerpt(name)) already")
      }
      skipWhiteSpace()
      guard take(":") else { throw error("a colon is expected here") }
      members.append(.init(name: name, node: try readValue()))
      skipWhiteSpace()
      if take("}") { return ascend(with: members) }
      guard take(",") else { throw error("a comma or } is expected here") }
    }
  }

  /// Steps over an opening bracket.
  ///
  /// What follows is a separate allocation.
  private mutating func descend() throws(JSONError) {
    guard depth < maximumDepth else {
      throw error("arrays and objects nest deeper than \(maximumDepth) levels")
    }
    try spend()
    depth += 1
    position += 1
  }

  private mutating func ascend<Result>(with result: Result) -> Result {
    depth -= 1
    return result
  }
}

/// The names of an object's members so far.
///
/// *Why not a set from the start:* most objects have few members, and a set is an allocation.
private struct NameSet {
  private var names: Set<String> = []
  private static let fewest = 16

  /// - Returns: Whether the name is new.
  mutating func insert(_ name: String, of members: [JSONNode.Member]) -> Bool {
    if members.count < Self.fewest { return !members.contains { $0.name == name } }
    if members.count == Self.fewest { names = Set(members.map(\.name)) }
    return names.insert(name).inserted
  }
}

/// The beginning of a text, for a message.
func excerpt(_ text: String) -> String {
  text.utf8.count <= 80 ? text : String(text.prefix(40)) + "..."
}
