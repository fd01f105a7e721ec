/// How often a timer's host timer may expire, so that no guest keeps the supervising thread busy.
///
/// *Guarantee:* in any span of time there are no more than one expiry for each ``spacing`` of it and
/// ``burst`` beside, 20000 per second in the long run, as long as the host timer is armed no earlier than
/// ``earliest``.
///
/// *Assumes:* an expiry is noted before the host timer is armed anew. One that came before and is noted after
/// that may be one more.
public struct ExpiryPacing: Hashable, Sendable {
  /// Before this the host timer is not to expire again.
  public var earliest = Instant.origin
  /// How often an alarm had to wait for that.
  public var deferrals: UInt64 = 0

  /// Nanoseconds from one expiry to the next, on average over a storm.
  public let spacing: UInt64
  /// Expiries that may come at once after a rest, at least 1.
  public let burst: UInt64

  /// Creates the pacing of a timer that has not expired.
  @inlinable
  public init(spacing: UInt64 = 50_000, burst: UInt64 = 10) {
    self.spacing = spacing
    self.burst = burst
  }

  /// The host timer expired.
  @inlinable
  public mutating func noteExpiry(at now: Instant) {
    let lead = min(now.nanoseconds, (burst - 1) * spacing)
    earliest = max(earliest, Instant(nanoseconds: now.nanoseconds - lead))
      .adding(nanoseconds: spacing)
  }

  /// When to arm the host timer for an alarm.
  @inlinable
  public mutating func expiry(for alarm: Instant) -> Instant {
    if alarm < earliest { deferrals &+= 1 }
    return max(alarm, earliest)
  }
}
