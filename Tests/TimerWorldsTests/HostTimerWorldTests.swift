import Exploration
import Testing
import TimerModels
import TimerWorlds

/// An early expiry, for an alarm that has moved or by the clock's rounding, is taken for the alarm's.
private struct EarlyExpiryForgotten: HostTimerRules {
  var state: HostTimerState
  mutating func expire(at now: Instant, alarm: Instant?) -> [2 of HostTimerCommand?] {
    state.pacing.noteExpiry(at: now)
    return [.take, settle(alarm: alarm)]
  }
}

/// The expiry is taken last.
private struct TakenAfterArming: HostTimerRules {
  var state: HostTimerState
  mutating func expire(at now: Instant, alarm: Instant?) -> [2 of HostTimerCommand?] {
    state.armed = nil
    state.pacing.noteExpiry(at: now)
    return [settle(alarm: alarm), .take]
  }
}

/// The backup stays where it is while the owner waits.
private struct StaleBackup: HostTimerRules {
  var state: HostTimerState
  mutating func settle(alarm: Instant?) -> HostTimerCommand? {
    guard let alarm else { return disarm() }
    if state.isOwnerWaiting || state.expires(by: max(alarm, state.pacing.earliest)) { return nil }
    return arm(at: state.pacing.expiry(for: alarm))
  }
}

/// A wait's end ends the backup, and nothing is armed in its place.
private struct DisarmedByEnd: HostTimerRules {
  var state: HostTimerState
  mutating func endWait(alarm: Instant?) -> HostTimerCommand? {
    state.isOwnerWaiting = false
    return disarm()
  }
}

/// The backup is taken for early enough when the owner waits no longer.
private struct BackupKept: HostTimerRules {
  var state: HostTimerState
  mutating func endWait(alarm: Instant?) -> HostTimerCommand? {
    defer { state.isOwnerWaiting = false }
    return settle(alarm: alarm)
  }
}

/// The host timer stays armed for the alarm itself.
private struct BackupAtAlarm: HostTimerRules {
  var state: HostTimerState
  mutating func beginWait(alarm: Instant?) -> HostTimerCommand? {
    state.isOwnerWaiting = true
    return settle(alarm: alarm)
  }
}

/// The expiry that came is armed again.
private struct ArmedForThePast: HostTimerRules {
  var state: HostTimerState
  mutating func expire(at now: Instant, alarm: Instant?) -> [2 of HostTimerCommand?] {
    state.pacing.noteExpiry(at: now)
    return [.take, state.armed.map { .arm($0) }]
  }
}

/// Every alarm is served at once.
private struct Unpaced: HostTimerRules {
  var state: HostTimerState
  mutating func expire(at now: Instant, alarm: Instant?) -> [2 of HostTimerCommand?] {
    state.armed = nil
    return [.take, settle(alarm: alarm)]
  }
}

/// The host timer is armed anew for every alarm that has moved.
private struct ArmedExactly: HostTimerRules {
  var state: HostTimerState
  mutating func settle(alarm: Instant?) -> HostTimerCommand? {
    guard let alarm else { return disarm() }
    return arm(at: state.isOwnerWaiting ? alarm.adding(nanoseconds: state.backupDelay) : alarm)
  }
}

/// Alarms that have to wait are not counted.
private struct DeferredUncounted: HostTimerRules {
  var state: HostTimerState
  mutating func settle(alarm: Instant?) -> HostTimerCommand? {
    var plan = HostTimerPlan(state: state)
    let command = plan.settle(alarm: alarm)
    state = plan.state
    state.pacing.deferrals = 0
    return command
  }
}

@Suite("HostTimerWorld")
struct HostTimerWorldTests {
  @Test("the right plan holds in every state")
  func exhausted() throws {
    let report = try HostTimerSetting.whole.model.world.search(SearchBounds(), threads: 2)
    #expect(report.end == .exhausted, "\(report)")
    // A space that shrinks has lost something that can happen.
    #expect(report.states == 7918)
  }

  @Test(
    "a plan that is wrong in one thing is found out",
    arguments: [
      (HostTimerWorld<EarlyExpiryForgotten>.self, .missed),
      (HostTimerWorld<TakenAfterArming>.self, .missed),
      (HostTimerWorld<StaleBackup>.self, .missed),
      (HostTimerWorld<DisarmedByEnd>.self, .missed),
      (HostTimerWorld<BackupKept>.self, .missed),
      (HostTimerWorld<BackupAtAlarm>.self, .earlyBackup),
      (HostTimerWorld<ArmedForThePast>.self, .busy),
      (HostTimerWorld<Unpaced>.self, .rate),
      (HostTimerWorld<ArmedExactly>.self, .needless),
      (HostTimerWorld<DeferredUncounted>.self, .deferral),
    ] as [(any HostTimerSearch.Type, HostTimerProperty)])
  func wrong(world: any HostTimerSearch.Type, property: HostTimerProperty) throws {
    #expect(try world.canBreak(property))
  }
}

/// A world of some plan, ready to be searched.
protocol HostTimerSearch: Sendable {
  static func canBreak(_ property: HostTimerProperty) throws -> Bool
}

extension HostTimerWorld: HostTimerSearch {
  static func canBreak(_ property: HostTimerProperty) throws -> Bool {
    try Search(from: Self(), target: property).run().counterexample?.property == property
  }
}
