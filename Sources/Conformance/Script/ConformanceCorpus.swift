internal import JSON

/// A conformance script: a file of scenarios for one architecture.
///
/// A JSON array of objects with the members `id`, `title`, `ops` and `expect`. Others, such as
/// `rule`, `note`, `needs`, `unspecified` and `foreign`, are about the scenario and not part of
/// it; a model can run them all.
public struct ConformanceCorpus<Vocabulary: ConformanceVocabulary>: Hashable, Sendable {
  /// The file's name, as reports give it.
  public var file: String
  /// The scenarios in the order of the file.
  public var scenarios: [ConformanceScenario<Vocabulary>]

  /// Reads a script.
  ///
  /// - Parameters:
  ///   - file: How to name it in errors and reports.
  ///   - bytes: What is in it.
  /// - Throws: The first thing that is not as the grammar has it. Nothing is passed over.
  public init(file: String, bytes: [UInt8]) throws(ConformanceError) {
    let node: JSONNode
    do {
      node = try JSONNode(parsing: bytes)
    } catch {
      throw ConformanceError(
        file: file, line: error.line, problem: "\(error.problem) (column \(error.column))")
    }
    guard case .array(let elements) = node.content else {
      throw ConformanceError(
        file: file, line: node.line,
        problem: "a script is an array of scenarios, and this is \(node.kind)")
    }
    self.file = file
    scenarios = []
    for element in elements {
      let reader = ConformanceScenarioReader<Vocabulary>(file: file, node: element)
      scenarios.append(try reader.read())
    }
  }
}

/// Reads one scenario from its JSON object.
struct ConformanceScenarioReader<Vocabulary: ConformanceVocabulary> {
  typealias Operation = ConformanceOperation<Vocabulary>
  typealias Scenario = ConformanceScenario<Vocabulary>

  let file: String
  let node: JSONNode
  /// The scenario's id, as far as there is one.
  let id: String?

  init(file: String, node: JSONNode) {
    self.file = file
    self.node = node
    if case .string(let id)? = node["id"]?.content { self.id = id } else { id = nil }
  }

  func read() throws(ConformanceError) -> Scenario {
    guard case .object = node.content else {
      throw error(at: node, "a scenario is an object, and this is \(node.kind)")
    }
    let id = try string("id")
    let title = try string("title")
    var names = ConformanceNames()
    let operations = try operations(names: &names)
    let expectations = try expectations(names: names)
    return Scenario(
      id: id, title: title, line: node.line, operations: operations, variables: names.all,
      expectations: expectations)
  }

  // MARK: - Operations

  /// A loop that has begun and not yet ended.
  private struct OpenLoop {
    var number: Int
    var line: Int
    var count: ConformanceExpression<Vocabulary>
    var counter: Int
    var body: [Operation] = []
  }

  private func operations(
    names: inout ConformanceNames
  ) throws(ConformanceError) -> [Operation] {
    let list = try member("ops")
    guard case .array(let texts) = list.content else {
      throw error(at: list, "ops is an array of strings, and this is \(list.kind)")
    }
    var outermost: [Operation] = []
    var loops: [OpenLoop] = []
    func add(_ operation: Operation) {
      if loops.isEmpty {
        outermost.append(operation)
      } else {
        loops[loops.count - 1].body.append(operation)
      }
    }
    for (index, element) in texts.enumerated() {
      let number = index + 1
      names.operation = number
      switch try statement(element, number: number, names: &names) {
      case .action(let action):
        add(Operation(number: number, line: element.line, action: action))
      case .loop(let count, let counter):
        guard loops.count < Self.deepestLoop else {
          throw error(
            at: element, operation: number, "loops nest deeper than \(Self.deepestLoop) levels")
        }
        loops.append(OpenLoop(number: number, line: element.line, count: count, counter: counter))
      case .end:
        guard let loop = loops.popLast() else {
          throw error(at: element, operation: number, "there is no repeat that this end could end")
        }
        let action = Operation.Action.loop(
          count: loop.count, counter: loop.counter, body: loop.body)
        add(Operation(number: loop.number, line: loop.line, action: action))
      }
    }
    if let loop = loops.last {
      throw error(
        at: texts[loop.number - 1], operation: loop.number, "the end of this repeat is missing")
    }
    if let unknown = names.unknown {
      throw error(
        at: texts[unknown.operation - 1], operation: unknown.operation,
        "\(unknown.name) is neither a register for an expression nor assigned anywhere")
    }
    return outermost
  }

  /// Bounds the interpreter's stack.
  private static var deepestLoop: Int { 16 }

  private func statement(
    _ element: JSONNode, number: Int, names: inout ConformanceNames
  ) throws(ConformanceError) -> ConformanceOperationParser<Vocabulary>.Statement {
    guard case .string(let text) = element.content else {
      throw error(
        at: element, operation: number, "an operation is a string, and this is \(element.kind)")
    }
    do {
      return try ConformanceOperationParser.parse(text, names: &names)
    } catch {
      throw self.error(at: element, operation: number, "\(error.text), in \"\(text)\"")
    }
  }

  // MARK: - Expectations

  private func expectations(
    names: ConformanceNames
  ) throws(ConformanceError) -> [Scenario.Expectation] {
    let node = try member("expect")
    guard case .object(let members) = node.content else {
      throw error(at: node, "expect is an object, and this is \(node.kind)")
    }
    var expectations: [Scenario.Expectation] = []
    for member in members {
      guard let variable = names.reportedPlace(of: member.name) else {
        throw error(at: member.node, "\(member.name) is expected, but no operation reports it")
      }
      let allowed = try range(member.node, name: member.name)
      expectations.append(.init(variable: variable, allowed: allowed))
    }
    return expectations
  }

  private func range(_ node: JSONNode, name: String) throws(ConformanceError) -> ConformanceRange {
    if let value = integer(node) { return .exactly(value) }
    if case .string("any") = node.content { return .any }
    if case .object(let members) = node.content, !members.isEmpty {
      let values = members.map { integer($0.node) }
      let areBounds = members.allSatisfy { $0.name == "min" || $0.name == "max" }
      if areBounds && !values.contains(nil) {
        return .between(
          min: node["min"].flatMap(integer(_:)), max: node["max"].flatMap(integer(_:)))
      }
      if members.count == 1, case .array(let choices)? = node["in"]?.content, !choices.isEmpty {
        let integers = choices.compactMap(integer(_:))
        if integers.count == choices.count { return .oneOf(integers) }
      }
    }
    throw error(
      at: node,
      "what is expected of \(name) is neither an integer, {\"min\", \"max\"}, {\"in\": [...]} "
        + "nor \"any\"")
  }

  private func integer(_ node: JSONNode) -> Int128? {
    switch node.content {
    case .integer(let value): Int128(value)
    case .unsigned(let value): Int128(value)
    default: nil
    }
  }

  // MARK: - Members and errors

  private func member(_ name: String) throws(ConformanceError) -> JSONNode {
    guard let member = node[name] else { throw error(at: node, "the scenario has no \(name)") }
    return member
  }

  private func string(_ name: String) throws(ConformanceError) -> String {
    let member = try member(name)
    guard case .string(let value) = member.content else {
      throw error(at: member, "\(name) is a string, and this is \(member.kind)")
    }
    return value
  }

  private func error(
    at node: JSONNode, operation: Int? = nil, _ problem: String
  ) -> ConformanceError {
    ConformanceError(
      file: file, line: node.line, scenario: id, operation: operation, problem: problem)
  }
}
