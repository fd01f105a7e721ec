import BugMuseum
import Experiments
import Exploration
import JSON
import Measurement

/// What a search found, for people and for programs.
enum TortureText {
  /// What follows the subjects' lines: the orders that decide, and what helps.
  static func closing(_ reports: [SubjectReport], isRecipeWanted: Bool) -> String {
    var text = ""
    let rules = Set(reports.flatMap(\.rules).map { OrderLine($0) }).sorted()
    if reports.contains(where: { $0.sampledOrders > 0 }) {
      text +=
        rules.isEmpty
        ? "\norders on this kernel: every pair of requests may come in either order\n"
        : "\norders on this kernel; every other pair of requests may come in either order\n"
      var table = TextTable(.list)
      for line in rules {
        let harm = reports.flatMap { report in
          report.rules.filter { OrderLine($0) == line }.map {
            "\(report.subject.rawValue) \($0.verdicts.sorted().map(\.rawValue).joined(separator: ", "))"
          }
        }
        table.append(["  " + line.text, "otherwise: " + harm.joined(separator: "; ")])
      }
      text += table.text
      let (sampled, odd) = reports.reduce((0, 0)) { ($0.0 + $1.sampledOrders, $0.1 + $1.oddOrders) }
      let kept = rules.isEmpty ? "" : " that keep to this"
      text += "  \(sampled) other orders\(kept) were tried, and \(odd) of them did harm\n"
    }
    let recipe = isRecipeWanted ? TortureRecipe.lines(reports) : []
    if !recipe.isEmpty {
      text += "\nwhat helps (--via recipe)\n" + recipe.map { "  \($0)\n" }.joined()
    }
    return text
  }

  /// All reports as one document.
  static func json(
    _ reports: [SubjectReport], _ comparison: FaultComparison? = nil,
    kernel: String = KernelUnderTest.current.description
  ) -> JSONValue {
    [
      "kernel": .string(kernel), "known": comparison?.json ?? .null,
      "subjects": .array(reports.map(\.json)),
      "recipe": .array(TortureRecipe.lines(reports).map { .string($0) }),
    ]
  }
}

/// A rule without what breaking it does.
private struct OrderLine: Hashable, Comparable {
  let text: String

  init(_ rule: OrderRule) {
    text =
      "\(rule.isOfGets ? "GET" : "SET") \(rule.pair.first.name) before \(rule.pair.second.name)"
  }

  static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

extension SubjectReport {
  /// A line a finding, with the command that replays it below, or that there is none.
  ///
  /// - Parameter options: The options of that command.
  /// - Returns: The lines.
  func text(replayedWith options: String) -> String {
    let head = subject.rawValue + String(repeating: " ", count: max(1, 15 - subject.rawValue.count))
    let end = isPartial ? ", interrupted" : ""
    if let skipReason { return "\(head)not cut: \(skipReason)\n" }
    guard !findings.isEmpty else { return "\(head)nothing in \(counted(cuts, "cut"))\(end)\n" }
    return findings.map { finding in
      """
      \(head)\(finding.verdict.rawValue): \(finding.count) of \(counted(cuts, "cut"))\(end); the shortest\
      \(finding.confirmations.map { ", seen in \($0.count) of \($0.total) runs" } ?? ""): \
      \(finding.shortest.cut.words(finding.phase))
      \(String(repeating: " ", count: 15))swvmm torture replay \(finding.shortest)\(options)

      """
    }.joined()
  }

  /// The subject as a test.
  var result: Regression.Result {
    let shortfall = findings.map { "\($0.verdict.rawValue): \($0.shortest)" }.joined(
      separator: "; ")
    return Regression.Result(
      name: subject.rawValue, group: "torture", title: "cuts of \(subject.rawValue)",
      detail: counted(cuts, "cut"), shortfall: findings.isEmpty ? nil : shortfall,
      skipReason: skipReason)
  }

  var json: JSONValue {
    JSONValue.object([
      .init("subject", .string(subject.rawValue)), .init("cuts", JSONValue(cuts)),
      .init("missed", JSONValue(missed)), .init("partial", .bool(isPartial)),
      .init("notCut", skipReason.map { .string($0) } ?? nil),
      .init(
        "findings",
        .array(
          findings.map { finding in
            [
              "kind": .string(finding.verdict.rawValue), "cuts": JSONValue(finding.count),
              "phase": finding.phase.map { .string($0.rawValue) } ?? nil,
              "words": .string(finding.shortest.cut.words(finding.phase)),
              "replay": .string("\(finding.shortest)"),
              "confirmed": finding.confirmations.map {
                ["runs": JSONValue($0.total), "seen": JSONValue($0.count)]
              } ?? nil,
            ]
          })),
      .init(
        "orders",
        .array(
          rules.map { rule in
            [
              "requests": .string(rule.isOfGets ? "get" : "set"),
              "first": .string(rule.pair.first.name), "second": .string(rule.pair.second.name),
              "otherwise": .array(rule.verdicts.sorted().map { .string($0.rawValue) }),
            ]
          })),
      .init("sampledOrders", JSONValue(sampledOrders)),
      .init("harmfulOrders", JSONValue(oddOrders)),
    ])
  }
}
