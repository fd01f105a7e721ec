/// A JSON value as a program builds it: an object keeps the order of its members.
///
/// Two objects are equal when they have equal members in the same order. To read a document, and
/// to learn where in it a value stood, see ``JSONNode``.
public enum JSONValue: Hashable, Sendable {
  /// The literal `null`.
  case null
  /// The literal `true` or `false`.
  case bool(Bool)
  /// A number without fraction and exponent, from `Int64.min` to `Int64.max`.
  case integer(Int64)
  /// A number without fraction and exponent above `Int64.max`: a 64-bit counter may be there.
  ///
  /// Smaller values are ``integer(_:)``, so that one number has one form. ``init(_:)-(Integer)``
  /// chooses.
  case unsigned(UInt64)
  /// A number with a fraction or an exponent. Finite: JSON has no form for the others.
  case number(Double)
  /// A string.
  case string(String)
  /// A list of values.
  case array([JSONValue])
  /// Members in the order in which they are written.
  case object([Member])

  /// One member of an object.
  public struct Member: Hashable, Sendable {
    /// The name, unique within its object.
    public var name: String
    /// The value.
    public var value: JSONValue

    /// Creates the member `name: value`.
    public init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// Creates the number `value`, which must lie between `Int64.min` and `UInt64.max`.
  public init<Integer: BinaryInteger>(_ value: Integer) {
    if let signed = Int64(exactly: value) {
      self = .integer(signed)
    } else {
      self = .unsigned(UInt64(value))
    }
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// Creates `null`.
  public init(nilLiteral: ()) { self = .null }
  /// Creates `true` or `false`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Creates an integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// Creates a number with a fraction.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// Creates a string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// Creates a list.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// Creates an object whose members stand as the literal has them.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map(Member.init))
  }
}
