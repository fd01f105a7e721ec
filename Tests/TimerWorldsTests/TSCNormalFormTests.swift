import BugMuseum
import Exploration
import Testing

@testable import TimerModels
@testable import TimerWorlds

/// A TSC world's time and values are moved back after each action, and that must be seen by nothing that follows.
@Suite("The normal form of TSC worlds")
struct TSCNormalFormTests {
  private typealias Model = TSCWorld<TSCMatchingTracker>

  private static let settings = TSCSetting.allCases.filter(\.isRelative)

  /// The first action after which a state and its normal form differ: in what was seen, or in the normal form.
  ///
  /// All states are compared that as many actions lead to while time and values go on.
  private func difference(
    in setting: TSCSetting, depth: Int, normalise: (inout Model) -> Void = { $0.normalise() }
  ) -> [TSCAction]? {
    func normal(_ world: Model) -> Model {
      var world = world
      world.isRelative = true
      normalise(&world)
      return world
    }
    let start = Model(setting, isRelative: false)
    var (level, seen): ([(Model, [TSCAction])], Set<Model>) = ([(start, [])], [start])
    for _ in 0..<depth {
      var next: [(Model, [TSCAction])] = []
      for (world, path) in level {
        for action in setting.alphabet {
          var (plain, moved) = (world, normal(world))
          let (step, other) = (plain.perform(action), moved.perform(action))
          normalise(&moved)
          // A value below 0 cannot be written; moved, it may be above.
          if step.isImpossible { continue }
          guard step == other, normal(plain) == moved else { return path + [action] }
          if step == .done, seen.insert(plain).inserted { next.append((plain, path + [action])) }
        }
      }
      level = next
    }
    return nil
  }

  @Test("a state and its normal form go on alike", arguments: settings)
  func alike(setting: TSCSetting) {
    #expect(difference(in: setting, depth: 4) == nil)
  }

  @Test(
    "a normal form that forgets what matters is noticed",
    arguments: ["user", "age", "zero", "set", "offset"])
  func wrong(part: String) {
    let path = difference(in: .whole, depth: 3) { world in
      world.normalise()
      switch part {
      case "user":
        world.tracker.state.isUserSet = true
        world.ideal.isUserSet = true
      case "age":
        world.tracker.state.lastInstant = .origin
        world.ideal.last?.time = 0
      case "zero":
        world.tracker.state.lastWrite = 1
        world.ideal.last?.value = 1
      case "set":
        world.ideal.matched = 1
      default: world.tracker.state.generationOffset = 0
      }
    }
    #expect(path != nil)
  }

  /// The shortest counterexample, with relative time and values or not.
  private func loss<Tracker: TSCMatchingRules>(
    of tracker: Tracker.Type, in setting: TSCSetting, isRelative: Bool
  ) throws -> (TSCProperty, [TSCAction])? {
    let search = Search(
      from: TSCWorld<Tracker>(setting, isRelative: isRelative), alphabet: setting.alphabet,
      bounds: SearchBounds(depth: 5), threads: 2)
    return try search.run().counterexample.map { ($0.property, $0.schedule) }
  }

  private func same<Tracker: TSCMatchingRules>(
    _ tracker: Tracker.Type, in setting: TSCSetting
  ) throws {
    let relative = try #require(try loss(of: tracker, in: setting, isRelative: true))
    let absolute = try #require(try loss(of: tracker, in: setting, isRelative: false))
    #expect(relative == absolute, "\(Tracker.self)")
  }

  @Test("the historic bugs have the same shortest schedules with it and without")
  func counterexamples() throws {
    try same(FirstUserWriteSlop.self, in: .whole)
    try same(MasterClockUnmatched.self, in: .whole)
    try same(MatchedOvercount.self, in: .whole)
    try same(HotPlugNotSynchronized.self, in: .older)
    try same(ElapsedInPlace.self, in: .unstable)
    try same(SyncWindowCliff.self, in: .window)
    try same(RawValueRecorded.self, in: .repaired)
  }
}
