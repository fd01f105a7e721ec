public import Exploration
public import TimerModels

/// The parts of ``AdvanceWorld`` that are searched each for itself.
public enum AdvanceSetting: String, Hashable, Sendable, CaseIterable {
  /// The advance is what entries take at least.
  case learnt = "advance"
  /// The advance was given, and is longer than an entry.
  case fixed = "advance-fixed"

  /// What the advance is.
  public var policy: AdvancePolicy {
    switch self {
    case .learnt: .learnt
    case .fixed: .fixed(5)
    }
  }

  /// The right rules.
  ///
  /// Here and not where it is used, since here the compiler sees every type.
  public var model: NamedWorld {
    let title =
      switch self {
      case .learnt: "Entering the guest before its deadline: kicks, checkpoints, faster hosts"
      case .fixed: "The same by a given time, which is too long"
      }
    return NamedWorld(
      name: rawValue, title: title, depth: .max,
      world: AnyWorld(AdvanceWorld<Advance, TimerTime>(policy: policy)))
  }
}
