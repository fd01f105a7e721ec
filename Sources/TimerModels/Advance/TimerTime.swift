/// The time of a timer that may be told a deadline before its clock shows it.
///
/// The behaviour is that of ``TimerTimeRules``, unchanged.
public struct TimerTime: TimerTimeRules {
  /// The latest instant that the timer was told in advance.
  public var reached = Instant.origin

  /// A timer that was told nothing.
  @inlinable
  public init() {}
}
