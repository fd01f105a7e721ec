import ArgumentParser
import BugMuseum
import Exploration
import JSON

/// `swvmm replay`: replays one schedule.
struct ReplaySchedule: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Replay one schedule, step by step, on the right model and on a historic bug.",
    discussion: """
      A string MODEL:ACTION,ACTION... is replayed on the right model; exit status 0 if nothing was \
      broken, 1 if something was (with --device, on either). MODEL/BUG:ACTION,ACTION... is replayed on both; 0 if the bug breaks \
      and the right model holds, 1 if not; 65 if STRING is not a valid schedule.
      """)

  @Argument(help: "A schedule as explore and regress print it.")
  var string: String

  @Option(help: "Replay it on a device of your own, too: the command line of its adapter.")
  var device: String?

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    guard let name = ReplayString(string) else {
      throw Failure(.badImage, "'\(string)' is not MODEL:ACTION,... or MODEL/BUG:ACTION,...")
    }
    guard let model = Museum.model(name.model) else {
      throw Failure(.badImage, "\(name.model): no such model (swvmm explore)")
    }
    let right = try replay(name.schedule, model.world)
    if let device { return try replay(name, on: device, model, right) }
    guard let id = name.exhibit else {
      try publish(json ? document([("right", right)]) : text("right", right))
      if case .impossible(let action) = right.verdict {
        throw Failure(.badImage, "'\(action)' cannot happen there")
      }
      return try conclude(right.verdict == .held)
    }
    guard let exhibit = Museum.exhibit(id), exhibit.model.name == model.name else {
      throw Failure(.badImage, "\(id): no such bug of \(model.name) (swvmm regress --list)")
    }
    let faulty = try replay(name.schedule, exhibit.world, for: exhibit.property)
    try publish(
      json
        ? document([("right", right), (id, faulty)])
        : text("right", right) + "\n" + text(id, faulty))
    if case .violated = faulty.verdict { return try conclude(right.verdict == .held) }
    try conclude(false)
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
    let members = replays.map { JSONValue.Member($0, $1.json) }
    return JSONValue.object(members).text(.pretty) + "\n"
  }

  private func conclude(_ isRight: Bool) throws {
    if !isRight { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }
}
