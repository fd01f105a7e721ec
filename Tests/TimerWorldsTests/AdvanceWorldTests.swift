import Exploration
import Testing
import TimerModels
import TimerWorlds

/// An access is carried out at the present, whatever the timer was told.
private struct Unheld: TimerTimeRules {
  var reached = Instant.origin
  func instant(at now: Instant) -> Instant? { now }
}

/// An access is carried out at once, at the instant that the timer was told.
private struct AnsweredEarly: TimerTimeRules {
  var reached = Instant.origin
  func instant(at now: Instant) -> Instant? { max(now, reached) }
}

/// The timer looks at the present, before the deadline.
private struct ToldThePresent: TimerTimeRules {
  var reached = Instant.origin
  mutating func arrive(at now: Instant, for arrival: Arrival?) -> Instant { max(now, reached) }
}

/// The timer is told the deadline although a kick has ended the wait.
private struct ToldAfterAnyKick: TimerTimeRules {
  var reached = Instant.origin
  mutating func arrive(at now: Instant, for arrival: Arrival?) -> Instant {
    reached = max(now, reached, arrival?.deadline ?? now)
    return reached
  }
}

/// The timer has forgotten what it was told.
private struct Forgetful: TimerTimeRules {
  var reached = Instant.origin
  mutating func arrive(at now: Instant, for arrival: Arrival?) -> Instant {
    guard let arrival, now >= arrival.earliest else { return now }
    return max(now, arrival.deadline)
  }
}

/// An entry that was early changes nothing.
private struct Unlearning: AdvanceRules {
  var state: AdvanceState
  mutating func note(entry nanoseconds: UInt64) {}
  mutating func noteEarly() {}
}

/// The last entry counts, not the least.
private struct LearntFromTheLast: AdvanceRules {
  var state: AdvanceState
  mutating func note(entry nanoseconds: UInt64) { state.least = nanoseconds }
}

/// The advance that was given stays.
private struct Stubborn: AdvanceRules {
  var state: AdvanceState
  var nanoseconds: UInt64 { if case .fixed(let given) = state.policy { given } else { lowBound } }
}

@Suite("AdvanceWorld")
struct AdvanceWorldTests {
  @Test("the right rules hold in every state", arguments: AdvanceSetting.allCases)
  func exhausted(setting: AdvanceSetting) throws {
    let report = try setting.model.world.search(SearchBounds(), threads: 2)
    #expect(report.end == .exhausted, "\(report)")
    // A space that shrinks has lost something that can happen.
    #expect(report.states > 1000)
  }

  @Test(
    "rules that are wrong in one thing are found out",
    arguments: [
      (AdvanceWorld<Advance, Unheld>.self, .learnt, .backwards),
      (AdvanceWorld<Advance, AnsweredEarly>.self, .learnt, .clock),
      (AdvanceWorld<Advance, ToldThePresent>.self, .learnt, .busy),
      (AdvanceWorld<Advance, ToldAfterAnyKick>.self, .learnt, .early),
      (AdvanceWorld<Advance, Forgetful>.self, .learnt, .backwards),
      (AdvanceWorld<Unlearning, TimerTime>.self, .learnt, .early),
      (AdvanceWorld<LearntFromTheLast, TimerTime>.self, .learnt, .early),
      (AdvanceWorld<LearntFromTheLast, TimerTime>.self, .learnt, .longer),
      (AdvanceWorld<Stubborn, TimerTime>.self, .fixed, .early),
    ] as [(any AdvanceSearch.Type, AdvanceSetting, AdvanceProperty)])
  func wrong(
    world: any AdvanceSearch.Type, setting: AdvanceSetting, property: AdvanceProperty
  ) throws {
    #expect(try world.canBreak(property, setting.policy))
  }
}

/// A world of some rules, ready to be searched.
protocol AdvanceSearch: Sendable {
  static func canBreak(_ property: AdvanceProperty, _ policy: AdvancePolicy) throws -> Bool
}

extension AdvanceWorld: AdvanceSearch {
  static func canBreak(_ property: AdvanceProperty, _ policy: AdvancePolicy) throws -> Bool {
    try Search(from: Self(policy: policy), target: property).run().counterexample?.property
      == property
  }
}
