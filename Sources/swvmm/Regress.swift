import ArgumentParser
import BugMuseum
import Experiments
import Exploration
import JSON
import LinuxHost
import Measurement

/// `swvmm regress`: the regression catalogue.
struct Regress: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "regress",
    abstract: "Check that every historic bug is caught, and that the right timers hold.",
    discussion: """
      Every bug must lose by its own schedule, and a search must find a schedule of the same length \
      unaided; the right model must hold everywhere. With --live, bugs that a guest can show are \
      installed in the devices of a machine on KVM: the guest must report each, and must report nothing \
      with the right timer. Exit status: 0 if every test passed, 1 if not; skipped tests do not count. A \
      signal (Ctrl-C) ends it with the results so far, a failed test \"interrupted\", and 128 + n.
      """)

  @Flag(help: "List the tests, and run nothing.")
  var list = false

  @Option(
    help: "text, junit, tap or json.",
    completion: .list(RegressionFormat.allCases.map(\.rawValue)), transform: format(named:))
  var format = RegressionFormat.text

  @Flag(help: "The same as --format json.")
  var json = false

  @Option(help: "The number of threads that search; by default one per processor.")
  var threads: Int = min(256, HostKernel.processors)

  @Flag(help: "End at the first test that fails.")
  var failFast = false

  @Flag(help: "Exit with 1, too, if a test was skipped.")
  var failOnSkip = false

  @Option(help: "With the text format: also list this many of the slowest tests.")
  var slowest = 0

  @Flag(help: "Also show bugs in guests on KVM, in virtual time.")
  var live = false

  @Option(
    help:
      "Test a device of your own for these bugs: the command line of its adapter (swvmm device).")
  var device: String?

  @OptionGroup var share: ShardOption

  @OptionGroup var progress: ProgressOptions

  @Argument(
    help: """
      Parts of ids, model names or subsystems (models, mips, arm-timer, gic, tsc); live/ID with --live.
      """, completion: .list(Museum.exhibits.map(\.id) + Museum.models.map(\.name)))
  var filters: [String] = []

  func validate() throws {
    guard (1...256).contains(threads) else { throw ValidationError("--threads: 1 to 256") }
    guard !json || [.text, .json].contains(format) else {
      throw ValidationError("--json is --format json, not \(format.rawValue)")
    }
    guard !list || [.text, .json].contains(format) else {
      throw ValidationError("--list: as text or json")
    }
    guard slowest >= 0 else { throw ValidationError("--slowest: at least 0") }
    guard device == nil || !live else {
      throw ValidationError("--live shows bugs of ours, not --device's")
    }
  }

  /// A test has failed, and no other is to be run.
  private struct FirstFailure: Error {}

  func run() throws {
    let selection = try RegressionSelection(
      filters, wantsLive: live, threads: threads, shard: share.shard ?? .whole)
    var regression = selection.regression
    if list { return try publish(listing(regression)) }
    ProcessSignals.answerEndings()
    regression.isInterrupted = { ProcessSignals.ending != nil }
    let status = progress.line()
    regression.begins = { name, number, count in status.show("\(number) of \(count): \(name)") }
    let format = json ? RegressionFormat.json : format
    var results: [Regression.Result] = []
    var start = MonotonicClock.now()
    func report(_ result: Regression.Result) throws {
      let now = MonotonicClock.now()
      results.append(result)
      results[results.count - 1].duration = now - start
      start = now
      status.clear()
      if format.isIncremental { try publish(result.line) }
      if failFast && result.shortfall != nil { throw FirstFailure() }
    }
    do {
      try run(regression, selection.liveExhibits, report)
    } catch is FirstFailure {
      complain("ended by --fail-fast: \(counted(results.count, "test"))")
    }
    status.clear()
    if let signal = ProcessSignals.ending {
      let interrupted = Regression.Result(
        name: "interrupted", group: "models", title: "the catalogue was completed",
        detail: counted(results.count, "test"), shortfall: "ended by \(Signal.name(signal))")
      results.append(interrupted)
      if format.isIncremental { try publish(interrupted.line) }
    }
    let isSkipFailure = failOnSkip && results.contains { $0.skipReason != nil }
    let fellShort = isSkipFailure || results.contains { $0.shortfall != nil }
    try publish(closing(results, format, fellShort))
    try endIfInterrupted()
    if fellShort { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }

  private func run(
    _ regression: Regression, _ liveExhibits: [LiveExhibit],
    _ report: (Regression.Result) throws -> Void
  ) throws {
    if let device {
      let worlds = ForeignWorlds(adapter: try startAdapter(device))
      try exiting { try DeviceRegression(worlds: worlds, regression: regression).run(report) }
    } else {
      try exiting { try regression.run(report) }
    }
    if live { try LiveExhibit.test(liveExhibits, report) }
  }

  /// What is printed when all tests have run: in text, what is left of it.
  private func closing(
    _ results: [Regression.Result], _ format: RegressionFormat, _ fellShort: Bool
  ) -> String {
    switch format {
    case .text: slowestTests(of: results) + RegressionFormat.closing(results)
    case .json:
      share.text(
        of: documentValue("regress", RegressionFormat.document(results)), fellShort: fellShort)
    case .junit, .tap: format.text(results)
    }
  }

  private func slowestTests(of results: [Regression.Result]) -> String {
    guard slowest > 0 else { return "" }
    var table = TextTable(.list)
    for result in results.sorted(by: { $0.duration > $1.duration }).prefix(slowest) {
      table.append(["\(result.duration / 1_000_000) ms", result.name])
    }
    return "\nslowest\n\(table.text)\n"
  }

  private static func format(named name: String) throws -> RegressionFormat {
    guard let format = RegressionFormat(rawValue: name) else {
      throw ValidationError("--format: text, junit, tap or json, not \(name)")
    }
    return format
  }

  private func listing(_ regression: Regression) -> String {
    if json || format == .json { return jsonDocument("tests", document(regression)) }
    let rows =
      regression.models.map { ("models", $0.name, $0.title) }
      + regression.exhibits.map { ($0.subsystem.rawValue, $0.id, $0.title) }
    let width = rows.map(\.1.count).max() ?? 0
    let lines = rows.map { group, name, title in
      let gap = String(repeating: " ", count: width - name.count)
      return "\(group)\(String(repeating: " ", count: 10 - group.count))\(name)\(gap)  \(title)\n"
    }
    return lines.joined()
  }

  private func document(_ regression: Regression) -> JSONValue {
    let models = regression.models.map { model -> JSONValue in
      ["name": .string(model.name), "title": .string(model.title)]
    }
    let exhibits = regression.exhibits.map { exhibit -> JSONValue in
      [
        "id": .string(exhibit.id), "subsystem": .string(exhibit.subsystem.rawValue),
        "title": .string(exhibit.title), "origin": .string(exhibit.origin),
        "living": .bool(exhibit.isLiving), "model": .string(exhibit.model.name),
        "property": .string(exhibit.property), "replay": .string("\(exhibit.replayString)"),
      ]
    }
    return ["models": .array(models), "bugs": .array(exhibits)]
  }
}
