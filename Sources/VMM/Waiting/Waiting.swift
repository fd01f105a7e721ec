public import TimerModels

/// How a halted vCPU's thread waits for its own timers (`--irqchip user`, at the host's time).
public struct Waiting: Hashable, Sendable {
  /// What it does until the deadline.
  public enum Strategy: String, CaseIterable, Hashable, Sendable {
    /// It sleeps until the deadline, and wakes late by what the host takes to wake it.
    case block
    /// It never sleeps: it looks at the clock until the deadline, whatever that costs.
    case spin
    /// It sleeps until a little before the deadline, and looks at the clock for the rest.
    ///
    /// How long before is learnt from the host's wake-ups, and bounded by ``Waiting/budget``.
    case adaptive
  }

  /// The strategy.
  public var strategy = Strategy.adaptive
  /// For ``Strategy/adaptive``: the share of one core that all vCPUs together may spin for, in
  /// percent, 0 to 100.
  public var budget = 15
  /// How long before a deadline the guest is entered.
  public var advance = AdvancePolicy.off
  /// The least time that an entry took on this host before, in nanoseconds, for an advance that is learnt.
  public var leastEntry: UInt64?

  /// Adaptive, within 15 percent of one core, and no advance.
  public init() {}
}

/// What waiting cost.
public struct WaitingCost: Hashable, Sendable {
  /// Time that vCPU threads spent looking at the clock, in nanoseconds.
  public internal(set) var spinning: UInt64 = 0
  /// Waits that slept.
  public internal(set) var sleeps: UInt64 = 0
  /// Sleeps that ended after the deadline; with ``Waiting/Strategy/block``, all that a timer ended.
  public internal(set) var lateWakeUps: UInt64 = 0
  /// With ``Waiting/Strategy/adaptive``: waits that could not look at the clock for as long as the margin, because
  /// the budget had not so much.
  public internal(set) var shortened: UInt64 = 0

  /// Nothing was waited for.
  public init() {}

  mutating func add(_ other: WaitingCost) {
    spinning &+= other.spinning
    sleeps &+= other.sleeps
    lateWakeUps &+= other.lateWakeUps
    shortened &+= other.shortened
  }
}
