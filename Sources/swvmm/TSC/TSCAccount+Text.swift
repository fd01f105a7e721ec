import JSON
import TimerModels
import VMM

extension TSCAccount {
  /// A line a write, and the clock's state.
  var text: String {
    var lines = reports.map { "tsc: \($0.origin.rawValue): \($0.decision); \($0.verdict.clause)" }
    if reports.contains(where: { $0.verdict == .ignored }) {
      lines.append("tsc: this backend ignores TSC writes")
    }
    let foretold = canUseMasterClock ? "possible" : "ruled out"
    switch isClockStable {
    case true?: lines.append("tsc: a master clock is \(foretold), and in use")
    case false?: lines.append("tsc: a master clock is \(foretold), and not in use")
    case nil: lines.append("tsc: a master clock is \(foretold); whether it is in use is unknown")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The same for programs.
  var json: JSONValue {
    .object([
      .init("writes", .array(reports.map(\.json))),
      .init("canUseMasterClock", .bool(canUseMasterClock)),
      .init("usesMasterClock", isClockStable.map { .bool($0) } ?? .null),
    ])
  }
}

extension TSCReport {
  fileprivate var json: JSONValue {
    .object([
      .init("origin", .string(origin.rawValue)),
      .init("vcpu", .integer(Int64(decision.vcpu))),
      .init("reason", .string("\(decision.reason)")),
      .init("matched", decision.isMatched.map { .bool($0) } ?? .null),
      // Of 64 bits, which a reader may keep as a Double.
      .init("offset", .string("\(Int64(bitPattern: decision.offset))")),
      .init("generation", .integer(Int64(clamping: decision.generation))),
      .init("verdict", .string(verdict.clause)),
    ])
  }
}

extension TSCReport.Verdict {
  fileprivate var clause: String {
    switch self {
    case .asForetold: "KVM agrees"
    case .ignored: "KVM changed nothing"
    case .otherwise(let offset): "KVM made the offset \(Int64(bitPattern: offset))"
    case .unseen: "KVM's answer is not visible here"
    }
  }
}
