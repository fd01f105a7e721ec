public import Exploration

/// The parts of ``RateWorld`` that are searched each for itself.
public enum RateSetting: String, Hashable, Sendable, CaseIterable {
  /// Every conversion between time and counts.
  case whole = "rates"

  /// The right conversions.
  ///
  /// Here and not where it is used, since here the compiler sees every type.
  public var model: NamedWorld {
    NamedWorld(
      name: rawValue, title: "Time and counts: every conversion, at any rate and any time",
      depth: 14,
      world: AnyWorld(RateWorld()))
  }
}
