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
      signal (Ctrl-C) ends it with the results so far, a failed test \"interrupted\", and 128 + n; --timeout \
      likewise with 124. Text and TAP are written as results come, JUnit and JSON whole at the end, also where \
      it is cut.
      """)

  @Flag(help: "List the tests, and run nothing.")
  var list = false

  @OptionGroup var output: TestFormatOptions

  @Option(help: "The number of threads that search; by default one per processor.")
  var threads: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      End after this time with the results so far, as a signal does, and 124; a number alone is of seconds. By \
      default there is no limit but each search's own.
      """, valueName: "time"), transform: TimeSpan.timeout)
  var timeout: TimeSpan?

  @Flag(help: "End at the first test that fails.")
  var failFast = false

  @Flag(help: "Exit with 1, too, if a test was skipped.")
  var failOnSkip = false

  @Option(help: "With the text format: also list this many of the slowest tests.")
  var slowest: Int?

  @Flag(help: "Also show bugs in guests on KVM, in virtual time.")
  var live = false

  @Option(
    help:
      "Test a device of your own for these bugs: the command line of its adapter (swvmm device).",
    completion: .file())
  var device: String?

  @OptionGroup var share: ShardOption

  @OptionGroup var progress: ProgressOptions

  @Argument(
    help: """
      Parts of ids, model names or subsystems (models, mips, arm-timer, gic, tsc); live/ID with --live.
      """, completion: .list(Museum.exhibits.map(\.id) + Museum.models.map(\.name)))
  var filters: [String] = []

  func validate() throws {
    guard (1...256).contains(threads ?? 1) else { throw ValidationError("--threads: 1 to 256") }
    guard slowest ?? 0 >= 0 else { throw ValidationError("--slowest: at least 0") }
    try refuse("shows bugs of ours, not --device's", ("--live", live && device != nil))
    try refuse("a device is searched by one thread", ("--threads", threads != nil && device != nil))
    try refuse(
      "only with the text format; the others have each test's duration",
      ("--slowest", slowest != nil && output.chosen != .text))
    guard list else { return }
    try refuse("--list is text or json", ("--format", [.junit, .tap].contains(output.chosen)))
    try refuse(
      "--list runs nothing", ("--threads", threads != nil), ("--timeout", timeout != nil),
      ("--fail-fast", failFast), ("--fail-on-skip", failOnSkip), ("--slowest", slowest != nil),
      ("--device", device != nil))
  }

  /// A test has failed, and no other is to be run.
  private struct FirstFailure: Error {}

  func run() throws {
    let worlds = try device.map { ForeignWorlds(adapter: try startAdapter($0)) }
    let selection = try RegressionSelection(
      filters, wantsLive: live, threads: threads ?? min(256, HostKernel.processors),
      shard: share.shard ?? .whole, models: worlds?.models)
    if list { return try publish(listing(selection)) }
    ProcessSignals.answerEndings()
    let limit = WorkLimit(timeout)
    var regression = selection.regression
    regression.isInterrupted = { limit.isReached }
    let status = progress.line()
    regression.begins = { name, number, count in status.show("\(number) of \(count): \(name)") }
    var writer = TestWriter<Regression.Result>(output.chosen, names: selection.names)
    var start = MonotonicClock.now()
    try publish(writer.head)
    func report(_ result: Regression.Result) throws {
      var result = result
      let now = MonotonicClock.now()
      result.duration = now - start
      start = now
      status.clear()
      try publish(writer.add(result))
      if failFast && result.shortfall != nil { throw FirstFailure() }
    }
    do {
      try run(regression, worlds, selection.liveExhibits, limit, report)
    } catch is FirstFailure {
      complain("ended by --fail-fast: \(counted(writer.results.count, "test"))")
    }
    status.clear()
    let end = limit.reason
    if let end {
      let interrupted = Regression.Result(
        name: "interrupted", group: "models", title: "the catalogue was completed",
        detail: counted(writer.results.count, "test"), shortfall: end)
      try publish(writer.add(interrupted))
    }
    let isSkipFailure = failOnSkip && writer.results.contains { $0.skipReason != nil }
    let fellShort = isSkipFailure || writer.results.contains { $0.shortfall != nil }
    try publish(closing(writer, selection.names.count, isCut: end != nil, fellShort))
    if end != nil { try limit.endIfReached() }
    if fellShort { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }

  private func run(
    _ regression: Regression, _ worlds: ForeignWorlds?, _ liveExhibits: [LiveExhibit],
    _ limit: WorkLimit, _ report: (Regression.Result) throws -> Void
  ) throws {
    try exiting {
      guard let worlds else { return try regression.run(report) }
      try DeviceRegression(worlds: worlds, regression: regression).run(report)
    }
    if live { try LiveExhibit.test(liveExhibits, unless: { limit.isReached }, report) }
  }

  /// What is printed when all tests have run: what is left of it.
  private func closing(
    _ writer: TestWriter<Regression.Result>, _ count: Int, isCut: Bool, _ fellShort: Bool
  ) -> String {
    if writer.format == .json {
      return share.text(of: documentValue(.regress, writer.document), fellShort: fellShort)
    }
    let end =
      isCut && writer.format == .text
      ? Regression.Result.closing(writer.results.dropLast(), cutShortOf: count)
      : writer.closing(.current)
    return slowestTests(of: writer.results) + end
  }

  private func slowestTests(of results: [Regression.Result]) -> String {
    guard let slowest, slowest > 0 else { return "" }
    var table = TextTable(.list)
    for result in results.sorted(by: { $0.duration > $1.duration }).prefix(slowest) {
      table.append(["\(result.duration / 1_000_000) ms", result.name])
    }
    return "\nslowest\n\(table.text)\n"
  }

  private func listing(_ selection: RegressionSelection) -> String {
    let regression = selection.regression
    if output.chosen == .json { return jsonDocument(.tests, document(selection)) }
    var table = TextTable(.list)
    for model in regression.models { table.append(["models", model.name, model.title]) }
    for exhibit in regression.exhibits {
      table.append([exhibit.subsystem.rawValue, exhibit.id, exhibit.title])
    }
    for exhibit in selection.liveExhibits { table.append(["live", exhibit.name, exhibit.title]) }
    return table.text
  }

  private func document(_ selection: RegressionSelection) -> JSONValue {
    let models = selection.regression.models.map { model -> JSONValue in
      ["name": .string(model.name), "title": .string(model.title)]
    }
    let exhibits = selection.regression.exhibits.map { exhibit -> JSONValue in
      [
        "id": .string(exhibit.id), "subsystem": .string(exhibit.subsystem.rawValue),
        "title": .string(exhibit.title), "origin": .string(exhibit.origin),
        "living": .bool(exhibit.isLiving), "model": .string(exhibit.model.name),
        "property": .string(exhibit.property), "replay": .string("\(exhibit.replayString)"),
      ]
    }
    return [
      "models": .array(models), "bugs": .array(exhibits),
      "live": .array(selection.liveExhibits.map { .string($0.name) }),
    ]
  }
}
