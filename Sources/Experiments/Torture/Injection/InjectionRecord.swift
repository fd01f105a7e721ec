public import JSON
internal import VMM

/// An ``InjectionResult`` as a document, with what it was made on.
public struct InjectionRecord: Hashable, Sendable {
  /// The kernel, in words.
  public let host: String
  /// The guest's name or file.
  public let guest: String
  /// What was seen.
  public let result: InjectionResult
  /// The names of the boundaries' addresses.
  public let names: [UInt64: String]

  /// A record of a result.
  public init(
    _ result: InjectionResult, guest: String, host: KernelUnderTest, names: [UInt64: String]
  ) {
    self.host = host.description
    self.guest = guest
    self.result = result
    let addresses = Set(result.rows.map(\.address))
    self.names = names.filter { addresses.contains($0.key) }
  }

  /// The document.
  public var json: JSONValue {
    let faults = result.faults
    return [
      "host": .string(host), "guest": .string(guest),
      "interrupt": .string(result.interrupt.word),
      "raises": .integer(Int64(result.raises)), "complete": .bool(result.isComplete),
      "reference": .object(Self.members(of: result.reference)),
      "boundaries": .array(
        result.rows.enumerated().map { index, row in
          .object(
            [
              .init("address", JSONValue(row.address)),
              .init("place", names[row.address].map { .string($0) } ?? .null),
              .init("bytes", .string(Self.hexadecimal(row.bytes))),
              .init("visit", .integer(Int64(row.visit))),
              .init("raised", .integer(Int64(row.raised))),
              .init("halted", .bool(row.isHalted)), .init("hold", .string(row.hold.rawValue)),
            ] + Self.members(of: row.outcome)
              + [.init("fault", faults[index].map { .string($0.rawValue) } ?? .null)])
        }),
    ]
  }

  private static func members(of outcome: InjectionOutcome) -> [JSONValue.Member] {
    [
      .init("taken", .array(outcome.taken.map { JSONValue($0) })), .init("end", outcome.end.json),
      .init("output", JSONValue(outcome.output)),
    ]
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

extension InjectionRecord {
  /// Reads a document.
  ///
  /// - Parameter bytes: The document; ``JSONNode/sizeMax`` bytes at most.
  /// - Throws: ``JSONError`` with the line of what is no record.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    let node = try JSONNode(parsing: bytes)
    host = try node.string("host")
    guest = try node.string("guest")
    guard let interrupt = InjectedInterrupt(try node.string("interrupt")) else {
      throw try node.member("interrupt").error("interrupt is a line's number, or nmi")
    }
    var result = InjectionResult(
      interrupt: interrupt, reference: try InjectionOutcome(node.member("reference")),
      raises: try node.count("raises"))
    result.isComplete = try node.flag("complete")
    guard case .array(let rows) = try node.member("boundaries").content else {
      throw try node.member("boundaries").error("boundaries is an array")
    }
    var names: [UInt64: String] = [:]
    for row in rows {
      result.rows.append(try InjectionRow(row))
      if case .string(let name) = try row.member("place").content {
        names[try row.word("address")] = name
      }
    }
    self.result = result
    self.names = names
  }
}

extension InjectionRow {
  fileprivate init(_ node: JSONNode) throws(JSONError) {
    guard let hold = Hold(rawValue: try node.string("hold")) else {
      throw try node.member("hold").error("no such reason to hold an interrupt back")
    }
    let digits = Array(try node.string("bytes").utf8)
    guard digits.count % 2 == 0, digits.count <= 30,
      let bytes = Self.bytes(String(decoding: digits, as: UTF8.self))
    else { throw try node.member("bytes").error("bytes are up to 15 pairs of hexadecimal digits") }
    self.init(
      address: try node.word("address"), bytes: bytes, visit: try node.count("visit"),
      raised: try node.count("raised"), isHalted: try node.flag("halted"), hold: hold,
      outcome: try InjectionOutcome(node))
  }

  private static func bytes(_ digits: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = digits[...]
    while !rest.isEmpty {
      guard let byte = UInt8(rest.prefix(2), radix: 16), rest.first != "+" else { return nil }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return bytes
  }
}

extension InjectionOutcome {
  fileprivate init(_ node: JSONNode) throws(JSONError) {
    guard case .array(let taken) = try node.member("taken").content else {
      throw try node.member("taken").error("taken is an array")
    }
    self.init()
    self.taken = try taken.map { (node) throws(JSONError) in try node.word() }
    end = try End(node.member("end"))
    output = try node.word("output")
  }
}

extension InjectionOutcome.End {
  fileprivate var json: JSONValue {
    switch self {
    case .exited(let code): ["kind": "exited", "code": JSONValue(code)]
    case .halted(let address, let isInterruptible):
      ["kind": "halted", "address": JSONValue(address), "interruptible": .bool(isInterruptible)]
    case .reset: ["kind": "reset"]
    case .endless: ["kind": "endless"]
    case .failed(let reason): ["kind": "failed", "reason": .string(reason)]
    }
  }

  fileprivate init(_ node: JSONNode) throws(JSONError) {
    switch try node.string("kind") {
    case "exited":
      guard let code = UInt32(exactly: try node.word("code")) else {
        throw try node.member("code").error("an exit code has 32 bits")
      }
      self = .exited(code: code)
    case "halted":
      self = .halted(
        at: try node.word("address"), isInterruptible: try node.flag("interruptible"))
    case "reset": self = .reset
    case "endless": self = .endless
    case "failed": self = .failed(try node.string("reason"))
    default: throw try node.member("kind").error("no such end of a run")
    }
  }
}

extension JSONNode {
  fileprivate func member(_ name: String) throws(JSONError) -> JSONNode {
    guard let node = self[name] else { throw error("the member \(name) is missing") }
    return node
  }

  fileprivate func string(_ name: String) throws(JSONError) -> String {
    let node = try member(name)
    guard case .string(let text) = node.content else { throw node.error("\(name) is a string") }
    return text
  }

  fileprivate func flag(_ name: String) throws(JSONError) -> Bool {
    let node = try member(name)
    guard case .bool(let flag) = node.content else { throw node.error("\(name) is true or false") }
    return flag
  }

  fileprivate func word(_ name: String) throws(JSONError) -> UInt64 { try member(name).word() }

  fileprivate func word() throws(JSONError) -> UInt64 {
    switch content {
    case .integer(let value) where value >= 0: return UInt64(value)
    case .unsigned(let value): return value
    default: throw error("a number from 0 to 2^64 - 1 is expected here")
    }
  }

  fileprivate func count(_ name: String) throws(JSONError) -> Int {
    let word = try word(name)
    guard word <= 1 << 31 else { throw try member(name).error("\(name) is a small number") }
    return Int(word)
  }
}
