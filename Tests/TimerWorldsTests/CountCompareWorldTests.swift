import BugMuseum
import Exploration
import Testing
import TimerModels
import TimerWorlds

@Suite("CountCompareWorld")
struct CountCompareWorldTests {
  @Test(
    "The right timer holds in every state",
    arguments: [(CountCompareSetting.hardware, 633), (.splitCause, 2252), (.splitCompare, 1225)])
  func exhausted(setting: CountCompareSetting, states: Int) throws {
    let report = try setting.model.world.search(SearchBounds(), threads: 2)
    #expect(report.end == .exhausted, "\(report)")
    // A space that shrinks has lost something that can happen.
    #expect(report.states == states)
  }

  @Test(
    "The right timer holds in every state that as many actions lead to",
    arguments: [(CountCompareSetting.registers, 6, 10_036), (.fractional, 5, 4991)])
  func bounded(setting: CountCompareSetting, depth: Int, states: Int) throws {
    let report = try setting.model.world.search(SearchBounds(depth: depth), threads: 2)
    #expect(report.end == .depth, "\(report)")
    #expect(report.states == states)
  }

  @Test("Found or not, the result is the same for any number of threads")
  func threads() throws {
    func report(_ threads: Int, _ world: AnyWorld, depth: Int) throws -> SearchReport {
      try world.search(SearchBounds(depth: depth), threads: threads)
    }
    let worlds = [
      CountCompareSetting.registers.model.world,
      CountCompareSetting.registers.world(of: PlainCountCompareHost<FreezeLostInterrupt>.self),
    ]
    for world in worlds {
      let one = try report(1, world, depth: 5)
      #expect(try report(2, world, depth: 5) == one)
      #expect(try report(3, world, depth: 5) == one)
    }
  }

  @Test("A schedule that asks for what cannot happen ends there")
  func impossible() throws {
    let world = CountCompareSetting.registers.model.world
    let replay = try world.replay(["match", "start", "read-count"])
    #expect(replay.verdict == .impossible("start"))
    #expect(replay.rows.map(\.action) == ["start", "match"])
    // A whole wrap at 100 MHz.
    #expect(replay.rows.map(\.time) == [0, 42_949_672_960])
    #expect(throws: ReplayError.self) { try world.replay(["frobnicate"]) }
  }

  @Test(
    "A replay string is read as it is written, and nothing else is one",
    arguments: ["count-compare:", "count-compare:match,wake", "m/e:a", "m/e:"])
  func replayStrings(text: String) {
    #expect(ReplayString(text)?.description == text)
  }

  @Test(arguments: ["", "m", ":a", "m/:a", "/e:a", "m/e/f:a", "m:a,", "m:a:b", "m:,a"])
  func noReplayStrings(text: String) {
    #expect(ReplayString(text) == nil)
  }
}
