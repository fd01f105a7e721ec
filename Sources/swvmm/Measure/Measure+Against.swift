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
  ///
  /// A signal ends it with the pairs that are whole: half a pair is compared with nothing.
  func compare(with other: String, since before: HostActivity) throws {
    do { try HostFile.requireProgram(other) } catch { throw Failure(reading: error) }
    let page = try output.open(besides: [other])
    warn(since: before)
    ProcessSignals.answerEndings()
    let count = runs ?? Self.runsOfEach
    let (sides, pairs) = try measurePairs(with: [other, ChildProcess.ownProgram], count)
    if let signal = ProcessSignals.ending {
      complain("ended by \(Signal.name(signal)): \(pairs) of \(count) pairs of runs")
      guard pairs > 0 else { return try endIfInterrupted() }
    }
    let both = zip(sides, [other, "this program"]).compactMap { result, name in
      var result = result
      result?.nameSources(name)
      if ProcessSignals.ending != nil { result?.markPartial() }
      return result
    }
    let comparison = Comparison(of: both[0], and: both[1], isPaired: true)
    guard !comparison.rows.isEmpty else {
      throw Failure(.badImage, "\(other) measured no series that this program did")
    }
    try publish(comparison, of: both, json: output.json, output.legend, page: page)
    try endIfInterrupted()
    try gate.demand(of: both[1])
    if comparison.isWorse { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }

  /// The sum of each program's results, in their order, and how many pairs were made: fewer where a signal came.
  private func measurePairs(
    with programs: [String], _ count: Int
  ) throws -> (sides: [MeasurementResult?], pairs: Int) {
    let progress = CampaignProgress(plan, runs: count, progress.line())
    defer { progress.line.clear() }
    var sides: [MeasurementResult?] = [nil, nil]
    var pairs = 0
    while pairs < count, let pair = try measurePair(pairs + 1, with: programs, progress) {
      for side in pair.indices {
        sides[side] = try Self.sum(sides[side], pair[side], of: programs[side])
      }
      pairs += 1
    }
    return (sides, pairs)
  }

  /// A result of each program, in their order; nil where a signal came before both were there.
  private func measurePair(
    _ number: Int, with programs: [String], _ progress: CampaignProgress
  ) throws -> [MeasurementResult]? {
    let isSwapped = number % 2 == 0
    var pair: [MeasurementResult] = []
    for program in isSwapped ? programs.reversed() : programs {
      let (isSecond, start) = (!pair.isEmpty, MonotonicClock.now())
      let result = try measure(with: program) { name in
        progress.show(pair: number, name, isSecond: isSecond, since: start)
      }
      guard let result else { return nil }
      pair.append(result)
    }
    return isSwapped ? pair.reversed() : pair
  }

  /// What a program gave so far, with another run of it.
  private static func sum(
    _ before: MeasurementResult?, _ run: MeasurementResult, of program: String
  ) throws -> MeasurementResult {
    guard var sum = before else { return run }
    do { try sum.merge(run) } catch {
      throw Failure(.badImage, "\(program): two runs do not fit together: \(error)")
    }
    return sum
  }

  /// One result of a program that takes `measure --json`; nil where a signal came.
  ///
  /// `onlook` gets the program's name again and again meanwhile.
  private func measure(
    with program: String, _ onlook: (String) -> Void
  ) throws -> MeasurementResult? {
    let name = program == ChildProcess.ownProgram ? "this program" : program
    var printed = PrintedResult()
    let end: ChildProcess.End = try exiting {
      var child = try ChildProcess(
        running: program, ["swvmm", "measure", "--json"] + words, given: [])
      try printed.follow(child) { onlook(name) }
      return child.wait()
    }
    if ProcessSignals.ending != nil { return nil }
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
    return option("cpus", \.cpus) { ["\($0)"] } + option("timer", \.timers) { $0.map(\.rawValue) }
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
