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
      and the right model holds, 1 if not; 65 if STRING is not a valid schedule.

      With --gdb the guest that shows the bug on KVM runs with it, in virtual time, to its end, and a \
      debugger finds it there: it can go back. The exit status is the guest's, as for `swvmm run`.
      """)

  @Argument(help: "A schedule as explore and regress print it.")
  var string: String

  @Option(
    help: ArgumentHelp(
      "Open the bug's guest in a debugger, at the end of its run: tcp:PORT or unix:PATH.",
      valueName: "address"))
  var gdb: LocalAddress?

  @Option(help: "Replay it on a device of your own, too: the command line of its adapter.")
  var device: String?

  @OptionGroup var result: ResultFormat
  private var json: Bool { result.isJSON }

  @OptionGroup var legend: Legend

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
    guard let name = ReplayString(string) else {
      throw Failure(.badImage, "'\(string)' is not MODEL:ACTION,... or MODEL/BUG:ACTION,...")
    }
    guard let model = Museum.model(name.model) else {
      throw Failure(.badImage, "\(name.model): no such model (swvmm explore)")
    }
    if let gdb { return try open(name, at: gdb) }
    let right = try replay(name.schedule, model.world)
    if let device { return try replay(name, on: device, model, right) }
    guard let id = name.exhibit else {
      try publish(json ? document([("right", right)]) : text("right", right))
      if case .impossible(let action) = right.verdict {
        throw Failure(.badImage, "'\(action)' cannot happen there")
      }
      return try conclude(right.verdict == .held)
    }
    guard let exhibit = Museum.exhibit(id) else {
      throw Failure(.badImage, "\(id): no such bug (swvmm bugs)")
    }
    guard exhibit.model.name == model.name else {
      throw Failure(.badImage, "\(id) is a bug of \(exhibit.model.name), not of \(model.name)")
    }
    let faulty = try replay(name.schedule, exhibit.world, for: exhibit.property)
    try publish(
      json
        ? document([("right", right), (id, faulty)])
        : text("right", right) + "\n" + text(id, faulty))
    if case .violated = faulty.verdict { return try conclude(right.verdict == .held) }
    try conclude(false)
  }

  /// How long a person may look at a guest.
  private static let lookingTime = TimeSpan.seconds(3600)

  private func open(_ name: ReplayString, at address: LocalAddress) throws {
    guard !json else { throw Failure(.usage, "--gdb has no result in JSON") }
    guard let id = name.exhibit, let exhibit = Museum.exhibit(id),
      exhibit.model.name == name.model
    else { throw Failure(.usage, "--gdb: the string must name a bug of \(name.model)") }
    guard let demonstration = exhibit.demonstration else {
      throw Failure(.usage, "--gdb: no guest shows \(id); the schedule is of its model alone")
    }
    let faulty = try replay(name.schedule, exhibit.world, for: exhibit.property)
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
    let foreign = try replay(name.schedule, try worlds.world(of: model))
    try worlds.check()
    try publish(
      json
        ? document([("right", right), ("device", foreign)])
        : text("right", right) + "\n" + text("device", foreign))
    try conclude(foreign.verdict == .held && right.verdict == .held)
  }

  private func replay(
    _ schedule: [String], _ world: AnyWorld, for property: String? = nil
  ) throws -> Replay {
    do { return try world.replay(schedule, for: property) } catch {
      throw Failure(.badImage, "\(error)")
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
    return jsonDocument("replay", ["replays": .array(list)])
  }

  private func conclude(_ isRight: Bool) throws {
    if !isRight { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }
}
