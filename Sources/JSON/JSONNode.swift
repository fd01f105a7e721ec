/// A value of a document that was read, and the place where it stands.
///
/// Places let a program that checks the *meaning* of a document name the line it complains about.
public struct JSONNode: Hashable, Sendable {
  /// What the node is.
  public enum Content: Hashable, Sendable {
    /// The literal `null`.
    case null
    /// The literal `true` or `false`.
    case bool(Bool)
    /// A number without fraction and exponent, from `Int64.min` to `Int64.max`.
    case integer(Int64)
    /// A number without fraction and exponent, from `Int64.max + 1` to `UInt64.max`.
    case unsigned(UInt64)
    /// A number with a fraction or an exponent; finite.
    case number(Double)
    /// A string.
    case string(String)
    /// A list of nodes.
    case array([JSONNode])
    /// The members, in the order of the document. No two have the same name.
    case object([Member])
  }

  /// One member of an object.
  public struct Member: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The value; its place is where the value starts, not where the name does.
    public var node: JSONNode
  }

  /// What the node is.
  public var content: Content
  /// The line on which the node starts, counted from 1.
  public var line: Int
  /// The byte of that line at which the node starts, counted from 1.
  public var column: Int

  /// The node of the member `name`, or nil when there is none or this is not an object.
  public subscript(name: String) -> JSONNode? {
    guard case .object(let members) = content else { return nil }
    return members.first { $0.name == name }?.node
  }

  /// The same value without places.
  public var value: JSONValue {
    switch content {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .unsigned(let value): .unsigned(value)
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    case .array(let elements): .array(elements.map(\.value))
    case .object(let members): .object(members.map { .init($0.name, $0.node.value) })
    }
  }

  /// An error that points at this node.
  public func error(_ problem: String) -> JSONError {
    JSONError(line: line, column: column, problem: problem)
  }

  /// What the node is, for a sentence: `an object`, `a string`.
  public var kind: String {
    switch content {
    case .null: "null"
    case .bool: "a boolean"
    case .integer, .unsigned: "an integer"
    case .number: "a number with a fraction or an exponent"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

}

extension JSONNode {
  /// The largest document that a command reads, in bytes: 16 MiB.
  public static let sizeMax = 16 << 20

  /// Reads one document, strictly as RFC 8259 has it, from UTF-8 bytes.
  ///
  /// Beyond the RFC: two members of an object with the same name (as Swift compares strings, so
  /// canonically equivalent spellings are the same), integers that fit neither `Int64` nor
  /// `UInt64`, numbers beyond `Double`, and escapes of half a surrogate pair are errors, since
  /// each of them would be read as something else than what was written.
  ///
  /// - Parameters:
  ///   - bytes: The whole document; white space may surround it.
  ///   - maximumDepth: How deep arrays and objects may nest. It bounds the stack.
  ///   - maximumCount: How many values there may be, where arrays, objects, and strings and names of more
  ///     than 15 bytes count once more. It bounds memory, of which `1,` takes twenty times its own.
  /// - Throws: The first problem met, from the start of the document.
  public init(
    parsing bytes: [UInt8], maximumDepth: Int = 64, maximumCount: Int = 1 << 19
  ) throws(JSONError) {
    var reader = JSONReader(bytes: bytes, maximumDepth: maximumDepth, maximumCount: maximumCount)
    self = try reader.readDocument()
  }
}
