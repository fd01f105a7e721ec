import Glibc
public import JSON

/// A JSON schema, as far as those of this project go.
///
/// Keywords: `type`, `const`, `enum`, `properties`, `required`, `additionalProperties`, `items`, `anyOf`, `minimum`,
/// and `$ref` to a definition of the same file or of `common.schema.json`. Any other is a problem, too, so that
/// none is passed over.
public struct JSONSchema {
  private let root: JSONNode
  private let common: JSONNode

  /// Where the schemas are.
  public static let folder: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/") + "/Sources/swvmm/swvmm.docc/Schemas"
  }()

  /// The schema of documents that say they are of a kind; nil where there is none.
  ///
  /// - Parameter kind: As in `swvmm-run`.
  /// - Throws: `JSONError` where the file is not JSON.
  public init?(of kind: String) throws {
    guard kind.hasPrefix("swvmm-"), let bytes = Self.read("\(kind.dropFirst(6)).schema.json"),
      let common = Self.read("common.schema.json")
    else { return nil }
    root = try JSONNode(parsing: bytes)
    self.common = try JSONNode(parsing: common)
  }

  /// The one version of documents that it takes; nil where it takes several.
  public var version: Int? {
    guard case .integer(let version)? = root["properties"]?["version"]?["const"]?.value else {
      return nil
    }
    return Int(version)
  }

  private static func read(_ name: String) -> [UInt8]? {
    guard let file = fopen("\(folder)/\(name)", "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
    return bytes
  }

  /// What a document of the kind that it says falls short of, with the place of each; empty: nothing.
  ///
  /// - Throws: `JSONError` where either is not JSON.
  public static func problems(in document: String) throws -> [String] {
    let node = try JSONNode(parsing: [UInt8](document.utf8))
    guard case .string(let kind)? = node["schema"]?.content else { return ["it has no schema"] }
    guard let schema = try JSONSchema(of: kind) else { return ["no schema of \(kind)"] }
    return schema.problems(in: node)
  }

  /// What a document falls short of, with the place of each; empty: nothing.
  public func problems(in node: JSONNode) -> [String] {
    problems(in: node, by: root, at: "")
  }

  private static let known: Set<String> = [
    "$schema", "$defs", "$ref", "title", "description", "type", "const", "enum", "properties",
    "required", "additionalProperties", "items", "anyOf", "minimum",
  ]

  private func problems(in node: JSONNode, by schema: JSONNode, at place: String) -> [String] {
    guard case .object(let keywords) = schema.content else {
      return schema.value == true ? [] : ["\(place): no schema"]
    }
    var problems = keywords.filter { !Self.known.contains($0.name) }.map {
      "\(place): unknown keyword \($0.name)"
    }
    if case .string(let reference)? = schema["$ref"]?.content {
      guard let target = definition(reference) else { return ["\(place): no \(reference)"] }
      problems += self.problems(in: node, by: target, at: place)
    }
    if let types = schema["type"], !Self.words(types).contains(where: { Self.is(node, $0) }) {
      let words = Self.words(types).joined(separator: " or ")
      problems.append("\(place): \(node.kind) is not \(words)")
    }
    if let constant = schema["const"], constant.value != node.value {
      problems.append("\(place): \(node.value.text()) is not \(constant.value.text())")
    }
    if case .array(let choices)? = schema["enum"]?.content,
      !choices.contains(where: { $0.value == node.value })
    {
      problems.append("\(place): \(node.value.text()) is none of the words")
    }
    if case .array(let choices)? = schema["anyOf"]?.content,
      !choices.contains(where: { self.problems(in: node, by: $0, at: place).isEmpty })
    {
      problems.append("\(place): none of the forms")
    }
    if case .integer(let least)? = schema["minimum"]?.content,
      case .integer(let value) = node.content,
      value < least
    {
      problems.append("\(place): \(value) is below \(least)")
    }
    return problems + membersProblems(in: node, by: schema, at: place)
  }

  private func membersProblems(
    in node: JSONNode, by schema: JSONNode, at place: String
  ) -> [String] {
    var problems: [String] = []
    if case .object(let members) = node.content {
      for member in members {
        let place = "\(place).\(member.name)"
        if let known = schema["properties"]?[member.name] {
          problems += self.problems(in: member.node, by: known, at: place)
        } else if let others = schema["additionalProperties"] {
          problems +=
            others.value == false
            ? ["\(place): not in the schema"]
            : self.problems(in: member.node, by: others, at: place)
        }
      }
      for name in schema["required"].map(Self.words) ?? [] where node[name] == nil {
        problems.append("\(place): \(name) is missing")
      }
    }
    if case .array(let elements) = node.content, let items = schema["items"] {
      for (index, element) in elements.enumerated() {
        problems += self.problems(in: element, by: items, at: "\(place)[\(index)]")
      }
    }
    return problems
  }

  private func definition(_ reference: String) -> JSONNode? {
    let parts = reference.split(separator: "#/$defs/", omittingEmptySubsequences: false)
    guard parts.count == 2, ["", "common.schema.json"].contains(parts[0]) else { return nil }
    return (parts[0].isEmpty ? root : common)["$defs"]?[String(parts[1])]
  }

  private static func words(_ node: JSONNode) -> [String] {
    switch node.content {
    case .string(let word): [word]
    case .array(let words): words.flatMap(Self.words)
    default: []
    }
  }

  private static func `is`(_ node: JSONNode, _ type: String) -> Bool {
    switch (node.content, type) {
    case (.null, "null"), (.bool, "boolean"), (.string, "string"), (.array, "array"),
      (.object, "object"), (.integer, "integer"), (.unsigned, "integer"), (.integer, "number"),
      (.unsigned, "number"), (.number, "number"):
      true
    default: false
    }
  }
}
