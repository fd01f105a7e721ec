/// What a reader of a document needs of its nodes; each throws an error that points at the node.
extension JSONNode {
  /// A member that has to be there.
  ///
  /// - Parameter name: Its name.
  /// - Returns: Its value.
  /// - Throws: ``JSONError`` where there is none, or this is not an object.
  public func member(_ name: String) throws(JSONError) -> JSONNode {
    guard let node = self[name] else { throw lacking(name) }
    return node
  }

  /// The error of an object that lacks a member.
  ///
  /// - Parameter name: The member's name.
  /// - Returns: The error.
  public func lacking(_ name: String) -> JSONError {
    error("a member named \(name) is expected here")
  }

  /// The error of a node that is of another kind than it should be.
  ///
  /// - Parameter what: What it should be, as in `an array`.
  /// - Returns: The error.
  public func expected(_ what: String) -> JSONError {
    error("\(what) is expected here, not \(kind)")
  }

  /// The node as a string.
  ///
  /// - Returns: The string.
  /// - Throws: ``JSONError`` where it is none.
  public func string() throws(JSONError) -> String {
    guard case .string(let text) = content else { throw expected("a string") }
    return text
  }

  /// The node as true or false.
  ///
  /// - Returns: Which it is.
  /// - Throws: ``JSONError`` where it is neither.
  public func flag() throws(JSONError) -> Bool {
    guard case .bool(let flag) = content else { throw expected("a boolean") }
    return flag
  }

  /// The node as an integer.
  ///
  /// - Returns: The integer.
  /// - Throws: ``JSONError`` where it is none, or not below 2^63.
  public func integer() throws(JSONError) -> Int64 {
    guard case .integer(let value) = content else { throw expected("an integer below 2^63") }
    return value
  }

  /// The node as an integer from 0 on.
  ///
  /// - Returns: The integer.
  /// - Throws: ``JSONError`` where it is none.
  public func count() throws(JSONError) -> UInt64 {
    switch content {
    case .integer(let value) where value >= 0: return UInt64(value)
    case .unsigned(let value): return value
    default: throw expected("an integer from 0 on")
    }
  }

  /// A member that is an array.
  ///
  /// - Parameter name: Its name.
  /// - Returns: The array's elements.
  /// - Throws: ``JSONError`` where there is none.
  public func elements(_ name: String) throws(JSONError) -> [JSONNode] {
    let node = try member(name)
    guard case .array(let elements) = node.content else { throw node.expected("an array") }
    return elements
  }
}
