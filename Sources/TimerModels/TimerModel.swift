/// A virtual timer as a value: what it wants of the world is state, not a list of effects.
///
/// A model holds no clock, no lock and no descriptor. What drives it passes the time in and,
/// after every operation, makes the world agree with ``alarm`` and ``interruptLine``. The same
/// value therefore serves under a host timer, under a virtual clock, and in a search that copies
/// and hashes it.
///
/// *Assumes:* the instants passed to successive operations never decrease.
public protocol TimerModel: Hashable, Sendable {
  /// The instant at which the host should call ``wakeUp(at:)``, or nil when it need not.
  ///
  /// It may lie in the past, which means "at once".
  var alarm: Instant? { get }

  /// The level that the timer drives on its interrupt line: true is asserted.
  var interruptLine: Bool { get }

  /// Looks whether something has become due.
  ///
  /// A wake-up is a hint: early, late, repeated and superfluous ones are all right, because what
  /// is due is decided from the time alone.
  ///
  /// *Guarantee:* afterwards ``alarm`` is nil or later than `now`.
  mutating func wakeUp(at now: Instant)
}
