import BugMuseum
import Exploration

/// Replay strings, and what they do to every right model and every exhibit.
///
/// *Reaches:* every action of every world, in any order, and the text of each replay. *Does not reach:*
/// searches, which have no input.
enum ReplayTarget: FuzzTarget {
  static let name = "replay"
  static let weight = 16

  static func run(_ input: [UInt8]) throws {
    guard let string = ReplayString(String(decoding: input, as: UTF8.self)) else { return }
    try promise(
      ReplayString(string.description) == string, "a replay string reads back as another")
    guard let model = Museum.model(string.model) else { return }
    try check(model.world, string.schedule, for: nil)
    guard let exhibit = string.exhibit.flatMap(Museum.exhibit), exhibit.model.name == model.name
    else { return }
    try check(exhibit.world, string.schedule, for: exhibit.property)
  }

  private static func check(_ world: AnyWorld, _ schedule: [String], for property: String?) throws {
    let replay: Replay
    do throws(ReplayError) {
      replay = try world.replay(schedule, for: property)
    } catch {
      return try promise(schedule.contains(error.word), "a word is refused that is not there")
    }
    try promise(replay.rows.count <= schedule.count + 1, "more rows than actions")
    if replay.verdict == .held {
      try promise(replay.rows.count == schedule.count + 1, "held, and yet an action was left out")
    }
    try promise(
      zip(replay.rows, replay.rows.dropFirst()).allSatisfy { $0.time <= $1.time }, "time goes back")
    try promise(!replay.text.isEmpty, "a replay without text")
  }

  static func seeds() -> [[UInt8]] {
    let exhibits = Museum.exhibits.map(\.replayString)
    let right = exhibits.map { ReplayString(model: $0.model, schedule: $0.schedule) }
    return (exhibits + right).map { Array($0.description.utf8) }
  }

  static var largeInputs: [LargeInput] {
    Museum.models.compactMap { model in
      guard let word = Museum.exhibits.first(where: { $0.model.name == model.name })?.schedule.first
      else { return nil }
      return LargeInput("schedule-of-\(model.name)") {
        Array(
          ReplayString(model: model.name, schedule: Array(repeating: word, count: 20_000))
            .description.utf8)
      }
    } + [
      LargeInput("commas") { Array("count-compare:".utf8) + Array(repeating: 0x2c, count: 1 << 20) }
    ]
  }
}
