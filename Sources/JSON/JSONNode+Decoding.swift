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

  /// The node as an integer from 0 on and below a limit.
  ///
  /// - Parameter limit: The first integer that it may not be.
  /// - Returns: The integer.
  /// - Throws: ``JSONError`` where it is none.
  public func count(below limit: Int) throws(JSONError) -> Int {
    guard case .integer(let value) = content, (0..<Int64(limit)).contains(value) else {
      throw error("an integer from 0 on and below \(limit) is expected here")
    }
    return Int(value)
  }

  /// The node as one of some words.
  ///
  /// - Parameters:
  ///   - what: What the words are, as in `a kind of fault`.
  ///   - value: What a word stands for; nil for one that is none of them.
  /// - Returns: What it stands for.
  /// - Throws: ``JSONError`` where it is not a string, or none of the words.
  public func word<Value>(_ what: String, _ value: (String) -> Value?) throws(JSONError) -> Value {
    guard let value = value(try string()) else { throw error("\(what) is expected here") }
    return value
  }

  /// The elements of an array.
  ///
  /// - Returns: The elements.
  /// - Throws: ``JSONError`` where it is none.
  public func elements() throws(JSONError) -> [JSONNode] {
    guard case .array(let elements) = content else { throw expected("an array") }
    return elements
  }

  /// A member that is an array.
  ///
  /// - Parameter name: Its name.
  /// - Returns: The array's elements.
  /// - Throws: ``JSONError`` where there is none.
  public func elements(_ name: String) throws(JSONError) -> [JSONNode] {
    try member(name).elements()
  }

  /// The members of an object.
  ///
  /// - Returns: The members.
  /// - Throws: ``JSONError`` where it is none.
  public func members() throws(JSONError) -> [Member] {
    guard case .object(let members) = content else { throw expected("an object") }
    return members
  }

  /// A member that may be left out, or null.
  ///
  /// - Parameter name: Its name.
  /// - Returns: Its value; nil where there is none.
  public func optional(_ name: String) -> JSONNode? {
    guard let node = self[name], node.content != .null else { return nil }
    return node
  }

  /// Demands an object that has some members, and no others but some.
  ///
  /// - Parameters:
  ///   - names: Of the members that have to be there.
  ///   - optional: Of those that may be.
  /// - Throws: ``JSONError`` at the first member of another name, or for one that is missing.
  public func require(_ names: [String], optional: [String] = []) throws(JSONError) {
    for member in try members() where !(names + optional).contains(member.name) {
      throw member.node.error(
        "no member of that name is known here: " + (names + optional).joined(separator: ", "))
    }
    for name in names { _ = try member(name) }
  }
}
