public import JSON

/// Whether a guest's kvmclock can be stable at the end, and if not, why.
public struct TSCVerdict: Hashable, Sendable {
  /// The lines of the trace, or nil for a sequence of operations.
  public var lines: Int?
  /// The TSC events among them, or the operations.
  public var events: Int
  /// Whether a master clock can be used.
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

  /// The verdict for people, a few lines.
  public var text: String {
    var lines = [self.lines.map { "\(events) TSC events in \($0) lines" } ?? "\(events) operations"]
    if matched == nil {
      lines.append("whether kvmclock is stable cannot be told")
    } else {
      lines.append("kvmclock \(isStable ? "can be stable" : "is unstable"): \(cause)")
    }
    return (lines + remarks.map { "note: \($0)" }).joined(separator: "\n") + "\n"
  }

  /// The verdict for programs.
  public var json: JSONValue {
    [
      "lines": lines.map { JSONValue($0) } ?? .null, "events": JSONValue(events),
      "stable": .bool(isStable),
      "cause": .string(cause), "matched": matched.map { JSONValue($0) } ?? .null,
      "online": online.map { JSONValue($0) } ?? .null,
      "outside": .array(outside.map { JSONValue($0) }),
      "remarks": .array(remarks.map(JSONValue.string)),
    ]
  }
}
