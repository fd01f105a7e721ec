internal import TimerModels

/// How often a timer's host timer may expire, so that no guest keeps the supervising thread busy.
///
/// *Guarantee:* in any span of time there are no more than one expiry for each ``spacing`` of it and
/// ``burst`` beside, 20000 a second in the long run, as long as the host timer is armed no earlier than
/// ``earliest``.
struct ExpiryPacing: Hashable, Sendable {
  /// Before this the host timer is not to expire again.
  private(set) var earliest = Instant.origin
  /// How often an alarm had to wait for that.
  private(set) var deferrals: UInt64 = 0

  /// Nanoseconds from one expiry to the next, on average over a storm.
  static let spacing: UInt64 = 50_000
  /// Expiries that may come at once after a rest.
  static let burst: UInt64 = 10

  /// The host timer expired.
  mutating func noteExpiry(at now: Instant) {
    let lead = min(now.nanoseconds, (Self.burst - 1) * Self.spacing)
    earliest = max(earliest, Instant(nanoseconds: now.nanoseconds - lead))
      .adding(nanoseconds: Self.spacing)
  }

  /// When to arm the host timer for an alarm.
  mutating func expiry(for alarm: Instant) -> Instant {
    if alarm < earliest { deferrals &+= 1 }
    return max(alarm, earliest)
  }
}
