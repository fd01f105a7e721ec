/// What a cut did to a guest that the guest's manual forbids.
public enum TortureVerdict: String, CaseIterable, Hashable, Sendable, Comparable {
  /// What was armed was neither delivered nor disarmed; or fewer ticks than periods.
  case lost
  /// More was delivered than armed; or more ticks than periods.
  case doubled
  /// Something was delivered before its time.
  case early
  /// What came, came a period or more after its time.
  case late = "late by a period"
  /// The guest's clock went back, or leapt ahead.
  case jumped = "clock jumped"
  /// The guest never came to its end.
  case stuck
  /// Nothing of that, but registers or memory are not those of the run that was not cut.
  case differs = "state differs"

  /// Whether no host is so busy that it shows this for nothing.
  ///
  /// *Guarantee* of the laws: marks come after what they mark.
  var isCertain: Bool { self == .doubled || self == .early }

  /// In the order of the declaration.
  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
}
