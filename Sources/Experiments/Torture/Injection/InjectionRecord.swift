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
              .init("address", Self.hexadecimal(row.address)),
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
      .init("taken", .array(outcome.taken.map(hexadecimal))), .init("end", outcome.end.json),
      .init("output", hexadecimal(outcome.output)),
    ]
  }

  /// A number of 64 bits as a string, since a reader may keep one as a Double.
  fileprivate static func hexadecimal(_ word: UInt64) -> JSONValue {
    .string("0x" + String(word, radix: 16))
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

extension InjectionRecord {
  /// Reads a document.
  ///
  /// - Parameter bytes: The document; `JSONNode.sizeMax` bytes at most.
  /// - Throws: `JSONError` with the line of what is not a record.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    let node = try JSONNode(parsing: bytes)
    host = try node.member("host").string()
    guest = try node.member("guest").string()
    let interrupt = try node.member("interrupt").word(
      "a line's number, or nmi,", InjectedInterrupt.init)
    var result = InjectionResult(
      interrupt: interrupt, reference: try InjectionOutcome(node.member("reference")),
      raises: try node.member("raises").count(below: Self.countLimit))
    result.isComplete = try node.member("complete").flag()
    var names: [UInt64: String] = [:]
    for row in try node.elements("boundaries") {
      result.rows.append(try InjectionRow(row))
      if let name = try row.optional("place")?.string() {
        names[try row.member("address").address()] = name
      }
    }
    self.result = result
    self.names = names
  }

  fileprivate static let countLimit = 1 << 31
}

extension InjectionRow {
  fileprivate init(_ node: JSONNode) throws(JSONError) {
    self.init(
      address: try node.member("address").address(),
      bytes: try node.member("bytes").word("up to 15 pairs of hexadecimal digits", Self.bytes),
      visit: try node.member("visit").count(below: InjectionRecord.countLimit),
      raised: try node.member("raised").count(below: InjectionRecord.countLimit),
      isHalted: try node.member("halted").flag(),
      hold: try node.member("hold").word(
        "a reason to hold an interrupt back", Hold.init(rawValue:)),
      outcome: try InjectionOutcome(node))
  }

  private static func bytes(_ digits: String) -> [UInt8]? {
    guard digits.utf8.count % 2 == 0, digits.utf8.count <= 30 else { return nil }
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
    self.init()
    taken = try node.elements("taken").map { (node) throws(JSONError) in try node.address() }
    end = try End(node.member("end"))
    output = try node.member("output").address()
  }
}

extension InjectionOutcome.End {
  fileprivate var json: JSONValue {
    switch self {
    case .exited(let code): ["kind": "exited", "code": JSONValue(code)]
    case .halted(let address, let isInterruptible):
      [
        "kind": "halted", "address": InjectionRecord.hexadecimal(address),
        "interruptible": .bool(isInterruptible),
      ]
    case .reset: ["kind": "reset"]
    case .endless: ["kind": "endless"]
    case .failed(let reason): ["kind": "failed", "reason": .string(reason)]
    }
  }

  fileprivate init(_ node: JSONNode) throws(JSONError) {
    switch try node.member("kind").string() {
    case "exited":
      self = .exited(code: UInt32(try node.member("code").count(below: 1 << 32)))
    case "halted":
      self = .halted(
        at: try node.member("address").address(),
        isInterruptible: try node.member("interruptible").flag())
    case "reset": self = .reset
    case "endless": self = .endless
    case "failed": self = .failed(try node.member("reason").string())
    default: throw try node.member("kind").error("no such end of a run")
    }
  }
}

extension JSONNode {
  /// A number of 64 bits: `0x` and digits, or, as records had it before, a number.
  fileprivate func address() throws(JSONError) -> UInt64 {
    guard case .string(let text) = content else { return try count() }
    guard text.hasPrefix("0x"), !text.hasPrefix("0x+"),
      let value = UInt64(text.dropFirst(2), radix: 16)
    else { throw error("0x and up to 16 hexadecimal digits are expected here") }
    return value
  }
}
