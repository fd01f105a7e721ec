import ArgumentParser
import BugMuseum
import Exploration
import JSON
import LinuxHost
import VMM

/// `swvmm replay`: replays one schedule.
struct ReplaySchedule: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Replay one schedule, step by step, on the right model and on a historic bug.",
    discussion: """
      A string MODEL:ACTION,ACTION... is replayed on the right model; exit status 0 if nothing was \
      broken, 1 if something was (with --device, on either). MODEL/BUG:ACTION,ACTION... is replayed on both; 0 if the bug breaks \
      and the right model holds, 1 if not; 64 if STRING is not a schedule of a model, 65 if an action cannot happen \
      where it stands.

      With --gdb the guest that shows the bug on KVM runs with it, in virtual time, to its end, and a \
      debugger finds it there: it can go back. The exit status is the guest's, as for `swvmm run`.
      """)

  @Argument(help: "A schedule as explore and regress print it.")
  var string: String

  @Option(
    help: ArgumentHelp(
      "Open the bug's guest in a debugger, at the end of its run: tcp:PORT or unix:PATH.",
      valueName: "address"), transform: LocalAddress.parse)
  var gdb: LocalAddress?

  @Option(
    help: "Replay it on a device of your own, too: the command line of its adapter.",
    completion: .file())
  var device: String?

  @OptionGroup var result: ResultFormat
  private var json: Bool { result.isJSON }

  @OptionGroup var legend: Legend

  func validate() throws {
    try refuse(
      "the debugger has the guest, and prints no result", ("--json", json),
      ("--legend", legend.legend), ("--device", device != nil), if: gdb != nil)
    try legend.refuseWithoutTable(json)
  }

  func run() throws {
    let verdict = Result { try replayNamed() }
    switch verdict {
    case .success, .failure(is ExitCode):
      if legend.legend && !json && gdb == nil { try publish("\n" + Legend.schedule) }
    case .failure: break
    }
    try verdict.get()
  }

  private func replayNamed() throws {
    let name = try namedSchedule(string)
    let model = try namedModel(name.model)
    let exhibit = try name.exhibit.map { try namedBug($0, of: model) }
    if let gdb { return try open(name, exhibit, at: gdb) }
    let right = try replay(name, in: model.world)
    if let device { return try replay(name, on: device, model, right) }
    guard let exhibit else {
      try publish(json ? document([("right", right)]) : text("right", right))
      try requirePossible(right)
      return try conclude(right.verdict == .held)
    }
    let faulty = try replay(name, in: exhibit.world, for: exhibit.property)
    try publish(
      json
        ? document([("right", right), (exhibit.id, faulty)])
        : text("right", right) + "\n" + text(exhibit.id, faulty))
    try requirePossible(right)
    if case .violated = faulty.verdict { return try conclude(right.verdict == .held) }
    complain("the schedule does not show the bug")
    try conclude(false)
  }

  private func requirePossible(_ replay: Replay) throws(Failure) {
    if case .impossible(let action) = replay.verdict {
      throw Failure(.badImage, "'\(action)' cannot happen there")
    }
  }

  /// How long a person may look at a guest.
  private static let lookingTime = TimeSpan.seconds(3600)

  private func open(_ name: ReplayString, _ exhibit: Exhibit?, at address: LocalAddress) throws {
    guard let exhibit else {
      throw Failure(.usage, "--gdb: the string must name a bug of \(name.model)")
    }
    let id = exhibit.id
    guard let demonstration = exhibit.demonstration else {
      throw Failure(.usage, "--gdb: no guest shows \(id); the schedule is of its model alone")
    }
    let faulty = try replay(name, in: exhibit.world, for: exhibit.property)
    try publish(text(id, faulty) + "\n")
    var request = RunRequest(image: demonstration.guest)
    request.arguments = demonstration.arguments.split(separator: " ").map(String.init)
    request.cpus = demonstration.cpus
    request.clock = .virtual
    request.bug = id
    request.watch.timeout = Self.lookingTime
    request.watch.debugger = DebuggerPlan(at: address)
    request.watch.debugger?.opensAtEnd = true
    try request.execute()
  }

  /// Side by side, on the right model and on a foreign device.
  private func replay(
    _ name: ReplayString, on device: String, _ model: NamedWorld, _ right: Replay
  ) throws {
    let worlds = ForeignWorlds(adapter: try startAdapter(device))
    let foreign = try replay(name, in: try worlds.world(of: model))
    try worlds.check()
    try publish(
      json
        ? document([("right", right), ("device", foreign)])
        : text("right", right) + "\n" + text("device", foreign))
    try conclude(foreign.verdict == .held && right.verdict == .held)
  }

  private func replay(
    _ name: ReplayString, in world: AnyWorld, for property: String? = nil
  ) throws -> Replay {
    do { return try world.replay(name.schedule, for: property) } catch {
      let guess = guess(at: error.word, among: world.actions.map(\.word))
      throw Failure(.usage, "\(error)\(guess) (swvmm explore \(name.model) --describe)")
    }
  }

  private func text(_ name: String, _ replay: Replay) -> String {
    "\(name): \(replay.verdict)\n\n\(replay.text)"
  }

  private func document(_ replays: [(String, Replay)]) -> String {
    let list = replays.map { name, replay -> JSONValue in
      guard case .object(let members) = replay.json else { preconditionFailure("no object") }
      return .object([.init("name", .string(name))] + members)
    }
    return jsonDocument(.replay, ["replays": .array(list)])
  }

  private func conclude(_ isRight: Bool) throws {
    if !isRight { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }
}
