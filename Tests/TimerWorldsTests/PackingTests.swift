import TestSupport
import Testing

@testable import Exploration
@testable import TimerModels
@testable import TimerWorlds

/// A world whose states are kept whole.
private struct Whole<Base: World>: World {
  typealias Action = Base.Action
  typealias Property = Base.Property
  static var alphabet: [Action] { Base.alphabet }
  static var patience: Int { Base.patience }
  var base: Base
  mutating func perform(_ action: Action) -> Step { base.perform(action) }
  var violation: Property? { base.violation }
  var debt: Property? { base.debt }
  mutating func rest() { base.rest() }
  var fingerprint: UInt64 { base.fingerprint }
  static func actor(of action: Action) -> Actor { Base.actor(of: action) }
  var readout: Readout { base.readout }
}

@Suite("Packed worlds")
struct PackedWorldTests {
  /// Where a world has more states than take a moment: an action less, unless the run is thorough.
  private func depth(_ depth: Int) -> Int { isThorough ? depth : depth - 1 }

  /// No two states become one, and none becomes another.
  private func check<Base: World>(_ start: Base, _ alphabet: [Base.Action], depth: Int) throws {
    #expect(Base.isPacked)
    let bounds = SearchBounds(depth: depth)
    let packed = try Search(from: start, alphabet: alphabet, bounds: bounds, threads: 2).run()
    let whole = try Search(
      from: Whole(base: start), alphabet: alphabet, bounds: bounds, threads: 2
    ).run()
    #expect(packed.states == whole.states && packed.transitions == whole.transitions)
    #expect(packed.end == whole.end && packed.depth == whole.depth)
    #expect(packed.states < 500 || packed.bytesPerState <= 120, "\(packed.bytesPerState)")
  }

  @Test("of Count/Compare timers", arguments: CountCompareSetting.allCases)
  func countCompare(setting: CountCompareSetting) throws {
    let rate: CountCompareIdeal.Rate =
      setting == .fractional ? .threeHundredMegahertz : .hundredMegahertz
    try check(
      CountCompareWorld<PlainCountCompareHost<CountCompareTimer>>(
        CountCompareTimer(at: .origin), rate: rate), setting.alphabet, depth: depth(5))
  }

  @Test("with a Count/Compare timer in any state, right or wrong")
  func irregular() {
    typealias Base = CountCompareWorld<PlainCountCompareHost<CountCompareTimer>>
    let start = Base(CountCompareTimer(at: .origin), rate: .hundredMegahertz)
    for prefix: [CountCompareAction] in [
      [], [.changeFrequency], [.stop], [.setDisable, .toQuarter], [.toQuarter, .stop, .toHalf],
      [.stop, .toQuarter, .changeFrequency], [.toTickEnd, .compareSecond],
    ] {
      var world = start
      for action in prefix { #expect(!world.perform(action).isImpossible) }
      expectPacked(world, from: start)
      for part in 1..<9 {
        for change: UInt64 in [1, 31, 32, 33, 63, 64, 65, 1 << 12, 1 << 29, 1 << 30, 1 << 31] {
          var timer = world.host.timer.packed
          timer[part] ^= part == 5 ? change & 3 : change
          var other = world
          other.host.timer.packed = timer
          expectPacked(other, from: start)
        }
      }
      for earlier: UInt64 in [
        1, 63, 64, 65, 127, 128, 1 << 20, 7 << 31, 9 << 31, 10 << 30, 15 << 30, 70 << 30, 80 << 30,
      ] {
        var other = world
        other.ideal.resumeTime =
          earlier > 1 << 30 ? world.now - earlier : other.ideal.resumeTime ^ earlier
        expectPacked(other, from: start)
      }
    }
  }

  /// A state is the same after it was packed and unpacked into another.
  private func expectPacked<Base: World>(_ state: Base, from start: Base) {
    var (state, other) = (state, start)
    var packer = StatePacker()
    packer.begin()
    state.code(by: &packer)
    packer.finish()
    var unpacker = StateUnpacker()
    unpacker.words = packer.words
    unpacker.begin()
    other.code(by: &unpacker)
    #expect(other == state)
  }

  @Test("of generic timers", arguments: GenericTimerSetting.allCases)
  func genericTimer(setting: GenericTimerSetting) throws {
    try check(
      GenericTimerWorld<
        PlainGenericTimerHost<GenericTimer, InterruptController, LineMemory>
      >(), setting.alphabet, depth: setting == .checkpoint ? 20 : depth(5))
  }

  @Test("of interrupt controllers", arguments: InterruptControllerSetting.allCases)
  func interruptController(setting: InterruptControllerSetting) throws {
    try check(
      InterruptControllerWorld<InterruptController>(), setting.alphabet,
      depth: setting == .whole || setting == .everything
        ? depth(4) : setting == .priorities ? depth(6) : isThorough ? 20 : 6)
  }

  @Test("of TSCs", arguments: TSCSetting.allCases)
  func tsc(setting: TSCSetting) throws {
    try check(
      TSCWorld<TSCMatchingTracker>(setting, isRelative: setting.isRelative), setting.alphabet,
      depth: setting == .generations ? 40 : depth(4))
  }

  @Test("of host timers")
  func hostTimer() throws {
    try check(HostTimerWorld<HostTimerPlan>(), HostTimerAction.allCases, depth: 50)
  }

  @Test("of advances", arguments: AdvanceSetting.allCases)
  func advance(setting: AdvanceSetting) throws {
    try check(
      AdvanceWorld<Advance, TimerTime>(policy: setting.policy), AdvanceAction.allCases, depth: 50)
  }
}
