internal import JSON
public import TimerModels

/// A VM's TSC operations, as a file has them.
///
/// A JSON object:
/// - `kilohertz`: the host's TSC frequency;
/// - `kernel`: whose rules, `3.16`, `3.19`, `4.12`, `6.7` (the default) or `repaired`;
/// - `stable`, `clocksource`: whether the host's TSC is trusted, and is what the host keeps time
///   by; both true by default;
/// - `scaling`: `svm` or `vmx`, if the host can scale;
/// - `uptime`: the host's, in nanoseconds, 0 by default; its TSC counted from 0;
/// - `operations`: objects with `op`, and by `op`:
///   - `create`: creates the next vCPU;
///   - `write`, `guest-write`: IA32_TSC, by the host or by the guest; `vcpu`, `value`;
///   - `adjust`, `guest-adjust`: IA32_TSC_ADJUST likewise;
///   - `offset`: the device attribute; `vcpu`, `value`, which may be negative;
///   - `frequency`: KVM_SET_TSC_KHZ; `vcpu`, `value` in kHz;
///   - `enter`, `exit`: KVM_RUN; `vcpu`;
///   and each with `after`: nanoseconds since the one before, 0 by default.
public struct TSCSequence: Hashable, Sendable {
  /// An operation and when it happens.
  public struct Step: Hashable, Sendable {
    /// Nanoseconds since the step before.
    public var after: UInt64
    /// What happens.
    public var operation: TSCOperation
  }

  /// The host.
  public var host: TSCHost
  /// The kernel's rules.
  public var rules: TSCRuleSet
  /// The host's clocks when it starts.
  public var start: TSCHostTime
  /// The steps in order.
  public var steps: [Step]

  /// Reads a sequence.
  ///
  /// - Parameter bytes: The file.
  /// - Throws: ``TraceError`` for the first thing that is not as described; nothing is passed over.
  public init(parsing bytes: [UInt8]) throws(TraceError) {
    let node: JSONNode
    do {
      node = try JSONNode(parsing: bytes)
    } catch {
      throw TraceError(line: error.line, problem: "\(error.problem) (column \(error.column))")
    }
    self = try SequenceReader(node).sequence()
  }

  /// Whether a file that starts with these bytes is a sequence rather than a trace.
  public static func startsSequence(_ bytes: [UInt8]) -> Bool {
    bytes.first { $0 > Ascii.space } == UInt8(ascii: "{")
  }
}

/// Reads a sequence from its document.
private struct SequenceReader {
  let members: [JSONNode.Member]
  let node: JSONNode

  init(_ node: JSONNode) throws(TraceError) {
    guard case .object(let members) = node.content else {
      throw Self.error(node, "a sequence is an object, and this is \(node.kind)")
    }
    self.node = node
    self.members = members
  }

  func sequence() throws(TraceError) -> TSCSequence {
    try allow(["kilohertz", "kernel", "stable", "clocksource", "scaling", "uptime", "operations"])
    guard let kilohertz = try number("kilohertz") else {
      throw Self.error(node, "there is no kilohertz")
    }
    guard let kilohertz = UInt32(exactly: kilohertz),
      let frequency = try? TSCFrequency(kilohertz: kilohertz)
    else { throw Self.error(node["kilohertz"] ?? node, "kilohertz is not from 1 to 2^32 - 1") }
    let uptime = try number("uptime") ?? 0
    guard let operations = node["operations"], case .array(let steps) = operations.content else {
      throw Self.error(node["operations"] ?? node, "operations is not an array")
    }
    return TSCSequence(
      host: TSCHost(
        frequency: frequency, isStable: try flag("stable") ?? true,
        isClockSource: try flag("clocksource") ?? true, scaling: try scaling()),
      rules: try rules(),
      start: TSCHostTime(
        instant: Instant(nanoseconds: uptime), tsc: frequency.cycles(in: uptime)),
      steps: try steps.map(Self.step))
  }

  private func scaling() throws(TraceError) -> TSCScaling? {
    try choice("scaling", from: [("svm", TSCScaling.svm), ("vmx", .vmx)])
  }

  private func rules() throws(TraceError) -> TSCRuleSet {
    try choice("kernel", from: TSCRuleSet.named.map { ($0.name, $0.rules) }) ?? .linux6_7
  }

  private static func step(_ node: JSONNode) throws(TraceError) -> TSCSequence.Step {
    let reader = try SequenceReader(node)
    try reader.allow(["op", "after", "vcpu", "value"])
    guard case .string(let name)? = node["op"]?.content else {
      throw error(node["op"] ?? node, "an operation's op is a string")
    }
    let after = try reader.number("after") ?? 0
    if name == "create" {
      try reader.allow(["op", "after"])
      return TSCSequence.Step(after: after, operation: .createVCPU)
    }
    return TSCSequence.Step(after: after, operation: try reader.operation(name))
  }

  private func operation(_ name: String) throws(TraceError) -> TSCOperation {
    guard let number = try number("vcpu"), let vcpu = Int(exactly: number) else {
      throw Self.error(node, "\(name) needs a vcpu")
    }
    switch name {
    case "write": return .hostWriteTSC(vcpu: vcpu, try value())
    case "offset": return .hostWriteOffset(vcpu: vcpu, try value())
    case "adjust": return .hostWriteAdjust(vcpu: vcpu, try value())
    case "guest-write": return .guestWriteTSC(vcpu: vcpu, try value())
    case "guest-adjust": return .guestWriteAdjust(vcpu: vcpu, try value())
    case "frequency":
      guard let kilohertz = UInt32(exactly: try value()) else {
        throw Self.error(node, "a frequency is below 2^32 kHz")
      }
      return .setFrequency(vcpu: vcpu, kilohertz: kilohertz)
    case "enter", "exit":
      try allow(["op", "after", "vcpu"])
      return name == "enter" ? .enterGuest(vcpu: vcpu) : .exitGuest(vcpu: vcpu)
    default: throw Self.error(node["op"] ?? node, "there is no operation \(name)")
    }
  }

  /// A 64-bit value, which may be written as a negative number.
  private func value() throws(TraceError) -> UInt64 {
    switch node["value"]?.content {
    case .integer(let value)?: return UInt64(bitPattern: value)
    case .unsigned(let value)?: return value
    default: throw Self.error(node["value"] ?? node, "value is not a 64-bit number")
    }
  }

  private func number(_ name: String) throws(TraceError) -> UInt64? {
    guard let member = node[name] else { return nil }
    switch member.content {
    case .integer(let value) where value >= 0: return UInt64(value)
    case .unsigned(let value): return value
    default: throw Self.error(member, "\(name) is not a number from 0 to 2^64 - 1")
    }
  }

  private func flag(_ name: String) throws(TraceError) -> Bool? {
    guard let member = node[name] else { return nil }
    guard case .bool(let value) = member.content else {
      throw Self.error(member, "\(name) is neither true nor false")
    }
    return value
  }

  private func choice<Value>(
    _ name: String, from choices: [(name: String, value: Value)]
  ) throws(TraceError) -> Value? {
    guard let member = node[name] else { return nil }
    if case .string(let text) = member.content,
      let choice = choices.first(where: { $0.name == text })
    {
      return choice.value
    }
    let names = choices.map(\.name).joined(separator: ", ")
    throw Self.error(member, "\(name) is none of \(names)")
  }

  private func allow(_ names: [String]) throws(TraceError) {
    if let member = members.first(where: { !names.contains($0.name) }) {
      throw Self.error(member.node, "\(member.name) has no meaning here")
    }
  }

  private static func error(_ node: JSONNode, _ problem: String) -> TraceError {
    TraceError(line: node.line, problem: "\(problem) (column \(node.column))")
  }
}

extension TSCSequence {
  fileprivate init(
    host: TSCHost, rules: TSCRuleSet, start: TSCHostTime, steps: [TSCSequence.Step]
  ) {
    self.host = host
    self.rules = rules
    self.start = start
    self.steps = steps
  }
}
