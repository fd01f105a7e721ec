import BugMuseum
import JSON
import TSCReplay
import TimerModels

/// Sequences of TSC operations, on the right rules and on every exhibit's.
///
/// *Reaches:* reader, rules of every kernel, decisions, verdict. *Does not reach:* how the command lays them
/// out.
enum SequenceTarget: FuzzTarget {
  static let name = "sequence"
  static let weight = 16

  /// With every bug, by its place in the museum.
  private static let trackers = Museum.exhibits.compactMap(\.fault?.tracker)

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    let tracker = input.choice(trackers)
    guard let sequence = try? TSCSequence(parsing: input.remainder()) else { return }
    try check(sequence, on: TSCMatchingTracker.self)
    try check(sequence, on: tracker)
  }

  private static func check(
    _ sequence: TSCSequence, on tracker: (some TSCMatchingRules).Type
  ) throws {
    let replay = SequenceReplay(sequence, on: tracker)
    try promise(replay.results.count == sequence.steps.count, "a step without a result")
    let verdict = replay.verdict
    try promise(verdict.events == sequence.steps.count, "a step is not counted")
    try promise(!verdict.text.isEmpty, "a verdict without text")
    try JSONTarget.checkWritten(verdict.json)
    let online = replay.tracker.state.vcpus.count
    for case .decided(let decision) in replay.results {
      try promise((0..<max(1, online)).contains(decision.vcpu), "a vCPU that is not there decides")
    }
    try JSONTarget.checkWritten(.array(replay.results.map(\.json)))
  }

  static func seeds() -> [[UInt8]] {
    let example = Array(TSCExample.sequence.text.utf8)
    let operations = #"""
      {"op":"create"},{"op":"create","after":18446744073709551615},
      {"op":"write","vcpu":0,"value":18446744073709551615},{"op":"offset","vcpu":1,"value":-1},
      {"op":"adjust","vcpu":0,"value":5},{"op":"guest-write","vcpu":1,"value":0,"after":1},
      {"op":"guest-adjust","vcpu":0,"value":7},{"op":"frequency","vcpu":1,"value":4294967295},
      {"op":"enter","vcpu":0},{"op":"exit","vcpu":0}
      """#
    let all = ["3.16", "3.19", "4.12", "6.7", "repaired"].flatMap { kernel in
      ["svm", "vmx"].map { scaling in
        #"{"kilohertz":1000000,"kernel":"\#(kernel)","stable":true,"clocksource":true,"#
          + #""scaling":"\#(scaling)","uptime":18446744073709551615,"operations":[\#(operations)]}"#
      }
    }
    return trackers.indices.map { [UInt8($0)] + example } + all.map { [0] + Array($0.utf8) }
  }

  static var largeInputs: [LargeInput] {
    func sequence(_ operations: some Sequence<String>) -> [UInt8] {
      [0] + Array(#"{"kilohertz":2500000,"operations":["#.utf8)
        + Array(operations.joined(separator: ",").utf8) + Array("]}".utf8)
    }
    return [
      LargeInput("20000-operations") {
        sequence(
          [#"{"op":"create"}"#]
            + Array(
              repeating: #"{"op":"write","vcpu":0,"value":0,"after":1000}"#, count: 20_000))
      },
      LargeInput("vCPUs-without-number") {
        sequence(repeatElement(#"{"op":"create"}"#, count: 40_000))
      },
    ]
  }
}
