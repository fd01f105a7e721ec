public import Exploration
public import TimerModels

/// The parts of ``HostTimerWorld`` that are searched each for itself.
public enum HostTimerSetting: String, Hashable, Sendable, CaseIterable {
  /// Everything that happens to a timer's host timer.
  case whole = "host-timer"

  /// Makes a plan ready to be searched.
  public func world<Plan: HostTimerRules>(of plan: Plan.Type) -> AnyWorld {
    AnyWorld(HostTimerWorld<Plan>())
  }

  /// The right plan.
  ///
  /// Here and not where it is used, since here the compiler sees every type.
  public var model: NamedWorld {
    NamedWorld(
      name: rawValue,
      title: "A timer's host timer: owner, supervising thread, early and late expiries",
      depth: .max, world: world(of: HostTimerPlan.self))
  }
}
