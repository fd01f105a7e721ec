public import JSON

/// Whether a guest's kvmclock can be stable at the end, and if not, why.
public struct TSCVerdict: Hashable, Sendable {
  /// The lines of the trace, or nil for a sequence of operations.
  public var lines: Int?
  /// The TSC events among them, or the operations.
  public var events: Int
  /// Whether a master clock can be used; false, too, where that cannot be said.
  public var isStable: Bool
  /// Why, as a sentence without a full stop; empty where nothing is known.
  public var cause: String
  /// The matched vCPUs without the one that started the generation, or nil if it is not known.
  public var matched: Int?
  /// How many vCPUs there are, or nil if it is not known.
  public var online: Int?
  /// The vCPUs that fell out of the matched set and have not come back.
  public var outside: [Int]
  /// What else is to be known, a sentence each.
  public var remarks: [String]
  /// Why ``isStable`` cannot be said, a sentence each; empty where it can.
  public var doubts: [String] = []
  /// What the last events say by themselves, whatever the doubts; nil where they say nothing.
  public var wouldBeStable: Bool?
  /// Whose it is, where there are several: `process 4200 (qemu)`.
  public var subject: String?
  /// A verdict for each VM, where the trace has several.
  public var machines: [TSCVerdict] = []

  /// The verdict for people, a few lines.
  public var text: String {
    let head = lines.map { "\(events) TSC events in \($0) lines" } ?? "\(events) operations"
    guard !machines.isEmpty else { return ([head] + sentences(of: "kvmclock")).asLines }
    let names = ["the events are of \(machines.count) processes; each is taken for a VM"]
    return
      ([head] + names
      + machines.flatMap { machine in
        machine.sentences(of: "\(machine.subject ?? ""): kvmclock")
      }).asLines
  }

  /// Whether ``isStable`` can be said.
  public var isKnown: Bool {
    machines.isEmpty
      ? doubts.isEmpty
      : machines.contains { $0.isKnown && !$0.isStable } || machines.allSatisfy(\.isKnown)
  }

  private func sentences(of clock: String) -> [String] {
    let notes = remarks.map { "note: \($0)" }
    if isKnown {
      return ["\(clock) \(isStable ? "can be stable" : "is unstable"): \(cause)"] + notes
    }
    let reasons = doubts.dropFirst().map { "note: \($0)" }
    let guess = wouldBeStable.map {
      ["note: by the last events alone it \($0 ? "can be stable" : "is unstable"): \(cause)"]
    }
    return ["\(clock): whether it is stable cannot be said: \(doubts.first ?? "")"] + reasons
      + (guess ?? []) + notes
  }

  /// The verdict for programs; `stable` is null where it cannot be said.
  public var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("lines", lines.map { JSONValue($0) } ?? .null), .init("events", JSONValue(events)),
      .init("stable", isKnown ? .bool(isStable) : .null),
      .init("cause", .string(cause)), .init("matched", matched.map { JSONValue($0) } ?? .null),
      .init("online", online.map { JSONValue($0) } ?? .null),
      .init("outside", .array(outside.map { JSONValue($0) })),
      .init("remarks", .array(remarks.map(JSONValue.string))),
      .init("doubts", .array(doubts.map(JSONValue.string))),
    ]
    if let subject { members.append(.init("subject", .string(subject))) }
    if !machines.isEmpty { members.append(.init("machines", .array(machines.map(\.json)))) }
    return .object(members)
  }
}

extension [String] {
  fileprivate var asLines: String { map { $0 + "\n" }.joined() }
}
