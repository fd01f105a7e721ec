import BugMuseum
import Exploration
import LinuxHost
import TimerWorlds

/// The catalogue with a foreign device in the models' place: whether it holds, and which historic bugs it has.
struct DeviceRegression {
  let worlds: ForeignWorlds
  /// Tests of models whose place the device can take.
  let regression: Regression

  /// How far a device is searched: the schedules of all historic bugs are at most that long.
  private static let depth = 4
  private static let secondsPerModel: UInt64 = 60

  /// Runs the tests, and hands each result over when it is there.
  func run(_ report: (Regression.Result) throws -> Void) throws {
    var likenesses: [String: DeviceLikeness] = [:]
    try regression.run(test, { try test($0, &likenesses) }, report)
  }

  /// Nil if it was interrupted.
  private func test(_ model: NamedWorld) throws -> Regression.Result? {
    let bounds = SearchBounds(
      depth: min(Self.depth, model.depth), seconds: Self.secondsPerModel)
    let search = try worlds.world(of: model)
      .search(bounds, threads: 1, unless: regression.isInterrupted)
    try worlds.check()
    if search.end == .interrupted { return nil }
    var result = Regression.Result(
      name: model.name, group: "models", title: "\(model.title), on the device",
      detail: search.summary)
    if let property = search.property {
      let string = ReplayString(model: model.name, schedule: search.schedule)
      result.shortfall = "\(property): \(string)"
    }
    return result
  }

  /// The device may have a bug if the schedule that shows it shows it here, too.
  private func test(
    _ exhibit: Exhibit, _ likenesses: inout [String: DeviceLikeness]
  ) throws -> Regression.Result {
    let model = exhibit.model
    let world = try worlds.world(of: model)
    let replay = try world.replay(exhibit.schedule, for: exhibit.property)
    try worlds.check()
    var result = Regression.Result(
      name: exhibit.id, group: exhibit.subsystem.rawValue,
      title: "the device has not: \(exhibit.title)",
      detail: "\(exhibit.replayString)")
    if replay.verdict == .violated(exhibit.property) {
      let likeness =
        try likenesses[model.name]
        ?? DeviceLikeness(of: world, on: model) { try worlds.check() }
      likenesses[model.name] = likeness
      result.shortfall = likeness.words(for: exhibit)
    }
    return result
  }
}
