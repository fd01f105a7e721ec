/// The time of a timer that may be told a deadline before its clock shows it.
///
/// States: *with the clock* <-> *ahead of it*, while the clock has not come to ``reached``.
/// ``arrive(at:for:)`` alone leads to the second, and time passing back. While a timer is ahead,
/// - an access of any thread waits until the clock has come to what the timer was told: it is answered at
///   the deadline. So neither its answer nor its effect is early, and no operation is before the last;
/// - a checkpoint waits likewise, and is of that instant;
/// - a kick, a pause or a stop changes nothing: the interrupt is pending, as it is after a deadline.
///
/// *Guarantee:* the instants that the timer is told never decrease, and an access is never told another than
/// the present.
///
/// *Assumes:* the clock never goes back.
public protocol TimerTimeRules: Hashable, Sendable {
  /// The latest instant that the timer was told in advance.
  var reached: Instant { get set }

  /// A timer that was told nothing.
  init()

  /// The instant of an access at `now`; nil where it has to wait, and ask again.
  func instant(at now: Instant) -> Instant?

  /// The owner's wait ended at `now`.
  ///
  /// - Parameters:
  ///   - now: The present.
  ///   - arrival: What the owner waited for; nil where it waited for no deadline.
  /// - Returns: The instant at which the timer looks.
  mutating func arrive(at now: Instant, for arrival: Arrival?) -> Instant
}

extension TimerTimeRules {
  /// The present, unless the timer is ahead of it.
  @inlinable
  public func instant(at now: Instant) -> Instant? { now < reached ? nil : now }

  /// The deadline from the arrival's earliest on.
  ///
  /// *Why the present where the wait ended before the arrival's earliest:* a kick ended it, and the deadline
  /// may be far away.
  @inlinable
  public mutating func arrive(at now: Instant, for arrival: Arrival?) -> Instant {
    guard let arrival, now >= arrival.earliest, now < arrival.deadline else {
      return max(now, reached)
    }
    reached = max(reached, arrival.deadline)
    return reached
  }
}
