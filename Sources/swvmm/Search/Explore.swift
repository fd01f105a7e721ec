import ArgumentParser
import BugMuseum
import Experiments
import Exploration
import ForeignDevice
import JSON
import LinuxHost
import Measurement
import TerminalText

/// `swvmm explore`: searches every schedule of a model.
struct Explore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Search every schedule of a timer model for one that breaks a property.",
    discussion: """
      Prints what ended the search, and the shortest losing schedule if there is one. Without a \
      model, lists the models. A signal (Ctrl-C) ends the search with its result so far. Exit \
      status: 0 if nothing was broken, 1 if something was, 128 + n after signal n; with --exhaustive 2 \
      if nothing was, but states were left.
      """)

  @Argument(
    help: "The model; optional with --bug.", completion: .list(Museum.models.map(\.name)))
  var model: String?

  @Option(
    help: "Search the variant of a model that has this historic bug (swvmm bugs).",
    completion: .list(Museum.exhibits.map(\.id)))
  var bug: String?

  @Option(
    help: "Search a device of your own: the command line of its adapter (swvmm device).",
    completion: .file())
  var device: String?

  @OptionGroup var legend: Legend

  @OptionGroup var options: SearchOptions

  @OptionGroup var progress: ProgressOptions

  @Flag(help: "Exit with 2 if a bound ended the search, and nothing was broken up to there.")
  var exhaustive = false
  @Option(
    help: ArgumentHelp(
      "Walk random schedules of up to 1000 actions for the --timeout, and shrink one that breaks.",
      valueName: "seed"))
  var walk: UInt64?

  @OptionGroup var share: ShardOption
  @Flag(
    help: "Search nothing: print the model's actions, properties and bounds, and what held means.")
  var describe = false

  func validate() throws {
    // Without a model the models are listed, with status 0: a search that was asked for must not end so.
    let isListing = model == nil && bug == nil
    for option in ofSearch + [("--describe", describe), ("--legend", legend.legend)] {
      try refuse("of which model? swvmm explore MODEL, or --bug", option, if: isListing)
    }
    for option in ofSearch {
      try refuse("--describe searches nothing", option, if: describe)
    }
    try refuse(
      "it has its own bugs; --bug is one of ours", ("--device", bug != nil && device != nil))
    try refuse("only with --walk", ("--shard", share.shard != nil), if: walk == nil)
    try refuse(
      "a walk takes actions at random, by one thread, until its time is over; nothing is exhausted",
      ("--depth", options.depth != nil), ("--states", options.states != nil),
      ("--threads", options.threads != nil), ("--exhaustive", exhaustive), if: walk != nil)
    try legend.refuseWithoutTable(walk != nil || describe || json)
  }

  /// What only a search obeys.
  private var ofSearch: [(name: String, isGiven: Bool)] {
    [
      ("--walk", walk != nil), ("--exhaustive", exhaustive), ("--device", device != nil),
      ("--depth", options.depth != nil), ("--states", options.states != nil),
      ("--timeout", options.timeout != nil), ("--threads", options.threads != nil),
      ("--shard", share.shard != nil),
    ]
  }

  /// What a command that is suggested needs to be about the same device.
  private var deviceWords: String {
    device.map { " --device \(Provenance.quoted($0).visible)" } ?? ""
  }

  @OptionGroup var result: ResultFormat
  private var json: Bool { result.isJSON }

  func run() throws {
    guard model != nil || bug != nil else { return try list() }
    let named = try self.model.map(namedModel)
    let exhibit = try bug.map { try namedBug($0, of: named) }
    guard let model = exhibit?.model ?? named else { return }
    if describe {
      let description = ModelDescription(model)
      return try publish(json ? jsonDocument(.model, description.json) : description.text)
    }
    let device = try device.map { ForeignWorlds(adapter: try startAdapter($0)) }
    let world = try device?.world(of: model) ?? exhibit?.world ?? model.world
    ProcessSignals.answerEndings()
    let start = MonotonicClock.now()
    let status = progress.line()
    defer { status.clear() }
    if let walk { return try take(walk, in: world, of: model, exhibit, status) }
    let report = try exiting {
      try world.search(
        options.bounds(for: model), threads: options.threadCount, for: exhibit?.property,
        unless: { ProcessSignals.ending != nil || device?.adapter.failure != nil },
        progress: { so in status.show(Self.line(of: so, model.name)) })
    }
    status.clear()
    try device?.check()
    printRate(of: report, nanoseconds: MonotonicClock.now() - start)
    let name = ReplayString(model: model.name, exhibit: exhibit?.id, schedule: report.schedule)
    try publish(json ? document(name, report, world) : text(name, report, world))
    if [.interrupted, .seconds, .states].contains(report.end) {
      complain(
        "all schedules of \(counted(report.depth, "action")) were searched; to continue, raise the bound or walk: "
          + "swvmm explore \(exhibit.map { "--bug \($0.id)" } ?? model.name)\(deviceWords) --walk 1 --timeout 60"
      )
    }
    try endIfInterrupted()
    if report.property != nil { throw ExitCode(ExitStatus.shortfall.rawValue) }
    if exhaustive && report.end != .exhausted { throw ExitCode(ExitStatus.bounded.rawValue) }
  }

  /// How far a search is, in a line.
  private static func line(of progress: SearchProgress, _ name: String) -> String {
    let seconds = progress.nanoseconds / 1_000_000_000
    let states = "\(progress.states) states, \(Int(progress.rate)) states/s"
    return "\(name): depth \(progress.depth), \(states), "
      + "\(progress.bytes >> 20) MiB, \(seconds) of \(progress.bounds.seconds) s"
  }

  /// Walks, and prints what was found as a search does.
  private func take(
    _ seed: UInt64, in world: AnyWorld, of model: NamedWorld, _ exhibit: Exhibit?,
    _ status: StatusLine
  ) throws {
    let start = MonotonicClock.now()
    let limit = options.seconds
    let report = world.walk(
      seed: seed, seconds: limit, shard: share.shard ?? .whole, for: exhibit?.property,
      unless: { ProcessSignals.ending != nil },
      progress: { so in
        let seconds = (MonotonicClock.now() - start) / 1_000_000_000
        status.show(
          "\(model.name): \(counted(so.walks, "walk")), \(counted(so.actions, "action")), "
            + "\(seconds) of \(limit) s")
      })
    status.clear()
    let name = ReplayString(model: model.name, exhibit: exhibit?.id, schedule: report.schedule)
    let title = name.model + (name.exhibit.map { "/" + $0 } ?? "")
    if json {
      var members = report.members(title)
      if report.property != nil { members.append(.init("replay", .string("\(name)"))) }
      let document = documentValue(.walk, members)
      try publish(share.text(of: document, fellShort: report.property != nil))
    } else if report.property == nil {
      try publish("\(title): \(report.summary)\n")
    } else {
      let replay = try world.replay(report.schedule, for: report.property)
      try publish(
        "\(title): \(report.summary)\n\n\(replay.text)\nswvmm replay \(name)\(deviceWords)\n")
    }
    try endIfInterrupted()
    if report.property != nil { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }

  private func list() throws {
    if json {
      let models = Museum.models.map { model -> JSONValue in
        ["name": .string(model.name), "title": .string(model.title)]
      }
      return try publish(jsonDocument(.models, ["models": .array(models)]))
    }
    var table = TextTable(.list)
    for model in Museum.models { table.append([model.name, model.title]) }
    try publish(table.text)
  }

  /// The speed goes to standard error: the result is the same every time.
  private func printRate(of report: SearchReport, nanoseconds: UInt64) {
    let seconds = Double(max(1, nanoseconds)) / 1e9
    let rate = Int(Double(report.states) / seconds)
    let milliseconds = nanoseconds / 1_000_000
    complain(
      "searched for \(milliseconds) ms with \(counted(options.threadCount, "thread")): \(rate) states/s"
    )
  }

  private func text(_ name: ReplayString, _ report: SearchReport, _ world: AnyWorld) throws
    -> String
  {
    let title = name.model + (name.exhibit.map { "/" + $0 } ?? "")
    guard report.property != nil else { return "\(title): \(report.summary)\n" }
    let replay = try world.replay(report.schedule, for: report.property)
    return "\(title): \(report.summary)\n\n\(replay.text)\nswvmm replay \(name)\(deviceWords)\n"
      + (legend.legend ? "\n" + Legend.schedule : "")
  }

  private func document(
    _ name: ReplayString, _ report: SearchReport, _ world: AnyWorld
  ) throws -> String {
    var members: [JSONValue.Member] = [
      .init("model", .string(name.model)), .init("bug", name.exhibit.map { .string($0) } ?? nil),
      .init("search", report.json),
    ]
    if report.property != nil {
      members.append(.init("replay", .string("\(name)")))
      members.append(
        .init("counterexample", try world.replay(report.schedule, for: report.property).json))
    }
    return jsonDocument(.explore, members)
  }
}
