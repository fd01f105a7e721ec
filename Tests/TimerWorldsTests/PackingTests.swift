import Exploration
import Testing

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
        CountCompareTimer(at: .origin), rate: rate), setting.alphabet, depth: 5)
  }

  @Test("of generic timers", arguments: GenericTimerSetting.allCases)
  func genericTimer(setting: GenericTimerSetting) throws {
    try check(
      GenericTimerWorld<
        PlainGenericTimerHost<GenericTimer, InterruptController, LineMemory>
      >(), setting.alphabet, depth: setting == .checkpoint ? 20 : 5)
  }

  @Test("of interrupt controllers", arguments: InterruptControllerSetting.allCases)
  func interruptController(setting: InterruptControllerSetting) throws {
    try check(
      InterruptControllerWorld<InterruptController>(), setting.alphabet,
      depth: setting == .whole || setting == .everything ? 4 : setting == .priorities ? 6 : 20)
  }

  @Test("of TSCs", arguments: TSCSetting.allCases)
  func tsc(setting: TSCSetting) throws {
    try check(
      TSCWorld<TSCMatchingTracker>(setting, isRelative: setting.isRelative), setting.alphabet,
      depth: setting == .generations ? 40 : 4)
  }

  @Test("of host timers")
  func hostTimer() throws {
    try check(HostTimerWorld<HostTimerPlan>(), HostTimerAction.allCases, depth: 50)
  }
}
