/// A point in time: nanoseconds since an origin that the clock in use chose.
///
/// Models only compare instants and take differences, so one value serves under the host's
/// monotonic clock and under a virtual one. The last instant, ``distantFuture``, is 584 years
/// after the origin.
public struct Instant: Hashable, Sendable, Comparable {
  /// Nanoseconds since the origin.
  public var nanoseconds: UInt64

  /// Creates the instant `nanoseconds` after the origin.
  public init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  /// The clock's origin.
  public static let origin = Instant(nanoseconds: 0)

  /// The last instant that can be expressed.
  public static let distantFuture = Instant(nanoseconds: .max)

  /// The instant `nanoseconds` later, or ``distantFuture`` where that would be past it.
  public func adding(nanoseconds: UInt64) -> Instant {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return overflow ? .distantFuture : Instant(nanoseconds: sum)
  }

  /// The whole ticks from the origin to this instant of what ticks at `hertz`, 1 to 10^9: exact, and at
  /// most ``nanoseconds``.
  ///
  /// Whole seconds and the rest of a second are scaled apart. `seconds * hertz` is at most the
  /// nanoseconds, as `hertz` is at most 10^9; `rest * hertz` is below 10^18; and their sum, the whole
  /// ticks, is again at most the nanoseconds. So nothing overflows.
  func ticks(hertz: UInt64) -> UInt64 {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return seconds * hertz + rest * hertz / 1_000_000_000
  }

  /// Whether `left` comes before `right`.
  public static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}
