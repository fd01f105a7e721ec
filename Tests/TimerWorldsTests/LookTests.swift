import Exploration
import Testing
import TimerModels
import TimerWorlds

/// GICC_EOIR ends whatever runs.
private struct EndUnchecked: InterruptControllerRules {
  var state: InterruptControllerState
  mutating func endInterrupt(_ value: UInt32, cpu: Int) {
    let levels = state.cpus[cpu].activePriorities
    state.cpus[cpu].activePriorities = levels & (levels &- 1)
    guard value < 64 else { return }
    state.cpus[cpu].acknowledged &= ~(1 << UInt64(value))
    state[Int(value) / 32, cpu: cpu].active &= ~(1 << (value % 32))
  }
}

/// An SGI may come from a CPU that there is not.
private struct SourcesUnchecked: InterruptControllerRules {
  var state: InterruptControllerState
  mutating func addSources(_ sources: UInt8, ofSGI id: Int, cpu: Int) {
    state.cpus[cpu].sources[id] |= sources
    if sources != 0 { state.cpus[cpu].bank.latched |= 1 << UInt32(id) }
  }
}

/// GICD_CTLR holds nothing back.
private struct ForwardedAlways: InterruptControllerRules {
  var state: InterruptControllerState
  func highestPending(cpu: Int) -> Int? {
    var other = InterruptController(state: state)
    other.state.isForwarding = true
    return other.highestPending(cpu: cpu)
  }
}

/// An output that is low is not possible.
private struct OutputsAsTheyAre: GenericTimerRules {
  var registers: GenericTimerRegisters
  var outputs: GenericTimerOutputs = []
  var alarm: Instant?
  init(unsettled registers: GenericTimerRegisters) { self.registers = registers }
  func possibleOutputs(at now: Instant) -> GenericTimerOutputs { outputs }
}

/// The guest can write CNTVOFF.
private struct OffsetOfTheGuest: GenericTimerRules {
  var registers: GenericTimerRegisters
  var outputs: GenericTimerOutputs = []
  var alarm: Instant?
  init(unsettled registers: GenericTimerRegisters) { self.registers = registers }
  mutating func write(at now: Instant, _ register: GenericTimerRegister, _ value: UInt64) {
    if register == .virtualOffset { return writeVirtualOffset(at: now, value) }
    var other = GenericTimer(at: now, registers: registers)
    other.write(at: now, register, value)
    self = Self(at: now, registers: other.registers)
  }
}

/// COUNT_RESUME may be in the future.
private struct ResumedInFuture: CountCompareRules {
  var state: CountCompareState
  mutating func perform(
    at now: Instant, host access: CountCompareHostAccess
  ) throws(CountCompareError) -> UInt64 {
    var other = CountCompareTimer(state: state)
    if case .writeResume(let time) = access, time > now.nanoseconds { return 0 }
    let value = try other.perform(at: now, host: access)
    state = other.state
    return value
  }
}

/// The guest can write all of Cause.
private struct CauseUnmasked: CountCompareRules {
  var state: CountCompareState
  mutating func perform(at now: Instant, guest access: CountCompareGuestAccess) -> UInt32 {
    var other = CountCompareTimer(state: state)
    let value = other.perform(at: now, guest: access)
    state = other.state
    if case .writeCause(let bits) = access { state.cause.formUnion(CP0Cause(rawValue: bits)) }
    return value
  }
}

/// A host that keeps its time otherwise has a master clock.
private struct ClockOfAnyHost: TSCMatchingRules {
  var state: TSCMatchingState
  var canUseMasterClock: Bool { areAllMatched }
}

/// Frequencies are not remembered.
private struct FrequencyForgotten: TSCMatchingRules {
  var state: TSCMatchingState
  mutating func remember(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64, offset: UInt64, isMatched: Bool
  ) {
    state.lastWrite = value
    state.lastInstant = now.instant
    state.lastKilohertz = state.host.frequency.kilohertz
    state.lastOffset = offset
  }
}

@Suite("Looking at everything")
struct LookTests {
  private typealias Arm<Timer: GenericTimerRules> =
    PlainGenericTimerHost<Timer, InterruptController, LineMemory>

  private static let variants: [(AnyWorld, String)] = [
    (InterruptControllerSetting.registers.world(of: EndUnchecked.self), "write-effect"),
    (InterruptControllerSetting.registers.world(of: SourcesUnchecked.self), "write-effect"),
    (InterruptControllerSetting.registers.world(of: ForwardedAlways.self), "stale-interrupt"),
    (GenericTimerSetting.wrapped.world(of: Arm<OutputsAsTheyAre>.self), "possible-output"),
    (GenericTimerSetting.wrapped.world(of: Arm<OffsetOfTheGuest>.self), "write-effect"),
    (
      CountCompareSetting.access.world(of: PlainCountCompareHost<ResumedInFuture>.self),
      "accepted-access"
    ),
    (
      CountCompareSetting.access.world(of: PlainCountCompareHost<CauseUnmasked>.self),
      "write-effect"
    ),
    (TSCSetting.host.world(of: ClockOfAnyHost.self), "master-clock"),
    (TSCSetting.scaled.world(of: FrequencyForgotten.self), "match-decision"),
  ]

  @Test(
    "what only shows in a register, or is to be refused or ignored, is found out",
    arguments: variants.indices)
  func wrong(index: Int) throws {
    let (world, property) = Self.variants[index]
    let report = try world.search(SearchBounds(depth: 4), threads: 2)
    #expect(report.property == property, "\(report)")
  }

  @Test("the conversions are exact at every rate and every time")
  func rates() throws {
    let report = try RateSetting.whole.model.world.search(SearchBounds(), threads: 2)
    #expect(report.end == .exhausted, "\(report)")
    #expect(report.states == 957)
  }
}
