import ArgumentParser
import Experiments
import JSON
import LinuxHost
import Measurement
import VMM

/// A measurement of this program beside another one's, run by run.
extension Measure.Campaign {
  /// The runs of each side where `--runs` does not say: enough for an interval.
  private static let runsOfEach = 5

  /// Measures with both programs in turn, and prints how this one differs from the other.
  ///
  /// *Why both are started anew:* a run in this process would begin warmer than one of a program that starts. *Why
  /// the order changes:* what drifts, as the temperature does, then meets both alike.
  func compare(with other: String) throws {
    let page = try output.open(besides: [other])
    ProcessSignals.answerEndings()
    var results: [MeasurementResult?] = [nil, nil]
    let programs = [other, ChildProcess.ownProgram]
    for number in 0..<(runs ?? Self.runsOfEach) {
      for side in number % 2 == 0 ? [0, 1] : [1, 0] {
        let result = try measure(with: programs[side])
        try endIfInterrupted()
        do { try results[side]?.merge(result) } catch {
          throw Failure(.badImage, "\(programs[side]): two runs do not fit together: \(error)")
        }
        if results[side] == nil { results[side] = result }
      }
    }
    let both = zip(results, [other, "this program"]).compactMap { result, name in
      var result = result
      result?.nameSources(name)
      return result
    }
    let comparison = Comparison(of: both[0], and: both[1], isPaired: true)
    guard !comparison.rows.isEmpty else {
      throw Failure(.badImage, "\(other) measured no series that this program did")
    }
    try publish(comparison, of: both, json: output.json, page: page)
    try gate.demand(of: both[1])
    if comparison.isWorse { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }

  /// One result of a program that takes `measure --json`.
  private func measure(with program: String) throws -> MeasurementResult {
    let name = program == ChildProcess.ownProgram ? "this program" : program
    var printed = PrintedResult()
    let end: ChildProcess.End = try exiting {
      var child = try ChildProcess(
        running: program, ["swvmm", "measure", "--json"] + words, given: [])
      try printed.follow(child)
      return child.wait()
    }
    try endIfInterrupted()
    guard !printed.isTooLong else {
      throw Failure(.badImage, "\(name) printed no result: it has more than 16 MiB")
    }
    switch end {
    case .exited(0), .exited(ExitStatus.shortfall.rawValue): break
    case .exited(let status):
      throw Failure(
        .system, "\(name) measured nothing: \(printed.complaint ?? "exit status \(status)")")
    case .killed(let signal):
      throw Failure(.system, "\(name) measured nothing: it was ended by \(Signal.name(signal))")
    }
    do { return try MeasurementResult(JSONNode(parsing: printed.output)) } catch {
      throw Failure(.badImage, "\(name) printed no result: \(error)")
    }
  }

  /// What is not as it is by default, for a program that may not know newer options.
  private var words: [String] {
    let usual = CampaignPlan()
    let plan = plan
    func option<Value: Equatable>(
      _ name: String, _ value: KeyPath<CampaignPlan, Value>, _ words: (Value) -> [String]
    ) -> [String] {
      plan[keyPath: value] == usual[keyPath: value]
        ? [] : ["--" + name] + words(plan[keyPath: value])
    }
    return option("timer", \.timers) { $0.map(\.rawValue) }
      + option("route", \.routes) { $0.map(\.rawValue) }
      + option("wait", \.waits) { $0.map(\.rawValue) }
      + option("load", \.loads) { $0.map(\.rawValue) }
      + option("spin-budget", \.spinBudget) { ["\($0)"] }
      + option("shape", \.shape) { [$0.rawValue] }
      + option("guest", \.guest) { [$0.rawValue] } + option("count", \.count) { ["\($0)"] }
      + option("period", \.period) { ["\($0)"] } + option("budget", \.budget) { ["\($0)"] }
      + (plan.timeout.map { ["--timeout", "\($0)"] } ?? []) + (noStamps ? ["--no-stamps"] : [])
      + (noComparison ? ["--no-comparison"] : []) + (witness ? ["--witness"] : [])
  }
}
