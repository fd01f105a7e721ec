internal import JSON

/// What reading a result needs of a document's nodes; each throws an error that points at the node.
extension JSONNode {
  /// Nanoseconds from 0 to below 2^62, so that the sum of two fits.
  func duration() throws(JSONError) -> Int64 {
    let value = try integer()
    guard (0..<1 << 62).contains(value) else { throw error("a duration is from 0 to below 2^62") }
    return value
  }

  func stage() throws(JSONError) -> Stage {
    let node = try member("stage")
    let key = try node.string()
    guard let stage = Stage.allCases.first(where: { $0.key == key }) else {
      throw node.error("no such stage")
    }
    return stage
  }

  func cause() throws(JSONError) -> Cause {
    guard let cause = Cause(rawValue: try string()) else { throw error("no such cause") }
    return cause
  }

  /// The members of an object of settings, whose values are no arrays or objects.
  func members(_ name: String) throws(JSONError) -> [JSONValue.Member] {
    let node = try member(name)
    guard case .object(let members) = node.content else { throw node.expected("an object") }
    return try members.map { member throws(JSONError) in
      switch member.node.content {
      case .array, .object: throw member.node.expected("a setting's value")
      default: return JSONValue.Member(member.name, member.node.value)
      }
    }
  }

  /// Compares the document with what it should be, wherever members stand.
  func demandEqual(_ value: JSONValue) throws(JSONError) {
    switch (content, value) {
    case (.object(let members), .object(let wanted)):
      // No two members of an object that was read have one name, nor of one that was made here.
      let nodes = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.node) })
      for member in wanted {
        guard let node = nodes[member.name] else { throw lacking(member.name) }
        try node.demandEqual(member.value)
      }
      guard members.count > wanted.count else { return }
      let names = Set(wanted.map(\.name))
      for member in members where !names.contains(member.name) {
        throw member.node.error("a member named \(member.name) is not expected here")
      }
    case (.array(let elements), .array(let wanted)) where elements.count == wanted.count:
      for (element, value) in zip(elements, wanted) { try element.demandEqual(value) }
    default:
      guard self.value == value else {
        throw error(
          "\(self.value.text()) is written here, and \(value.text()) follows from the rest")
      }
    }
  }
}
