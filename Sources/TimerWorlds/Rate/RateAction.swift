public import Exploration

/// What must never happen to a conversion between time and counts.
public enum RateProperty: String, Hashable, Sendable, CaseIterable {
  /// So much time has another number of whole ticks.
  case ticks = "tick-count"
  /// So many ticks take another time.
  case time = "tick-time"
  /// KVM's shift and multiplier give more cycles than there are, or fewer than their precision explains.
  case cycles = "cycle-count"
  /// A scaled TSC is not the host's times the ratio.
  case scale = "scaled-value"
  /// A frequency is refused that there is, or the reverse.
  case refusal = "wrong-refusal"
  /// An instant is not so much later than another.
  case instant = "later-instant"
}

/// What can happen in ``RateWorld``.
///
/// The rates are in the order of their frequency, from 1 Hz to the highest; time continues to the end of the 64
/// bits, and no further.
public enum RateAction: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  // Time.
  case nanosecond = "1ns"
  case almostSecond = "1s-1ns"
  case second = "1s"
  case wrap
  case day
  case century
  case end

  // The host.
  case faster

  /// The word for it in a replay string.
  public var description: String { rawValue }

  /// In whose column it is printed.
  public var actor: Actor { self == .faster ? .host : .time }

  /// How much time passes.
  var nanoseconds: UInt64 {
    switch self {
    case .nanosecond: 1
    case .almostSecond: 999_999_999
    case .second: 1_000_000_000
    case .wrap: 42_949_672_960
    case .day: 86_400_000_000_000
    case .century: 3_155_760_000_000_000_000
    case .end: .max
    case .faster: 0
    }
  }
}
