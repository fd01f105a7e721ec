/// What a timer's host timer is to be armed for, and by whom its alarm is watched.
///
/// The host timer is a one-shot timer that a *supervising thread* serves. The thread of the timer's vCPU,
/// the *owner*, may watch the alarm itself; the host timer is its backup then.
///
/// States: guest running <-> owner waiting. ``beginWait(alarm:)`` and ``endWait(alarm:)`` go from one to
/// the other. In either state the alarm may change, with ``settle(alarm:)`` after each change, and the host
/// timer may expire, early, late, or for an alarm that has moved: an expiry is a hint to look.
///
/// *Guarantee:* while there is an alarm, the host timer expires at most
/// ``HostTimerState/backupDelay`` later than the alarm if the owner waits, and else no later than the alarm
/// or, in a storm, than ``ExpiryPacing`` allows.
///
/// *Assumes:* the operations come one after the other, each with the alarm as it is after the timer looked
/// (``TimerModel/wakeUp(at:)``) where the operation says so, and what an operation returns is carried out
/// before the next one.
public protocol HostTimerRules: Hashable, Sendable {
  /// What is known of the host timer, and who waits.
  var state: HostTimerState { get set }

  /// Takes a state.
  init(state: HostTimerState)

  /// The alarm may have changed.
  ///
  /// - Returns: What to do, or nil for nothing.
  mutating func settle(alarm: Instant?) -> HostTimerCommand?

  /// The owner watches the alarm itself from now on.
  ///
  /// - Returns: What to do, or nil for nothing.
  mutating func beginWait(alarm: Instant?) -> HostTimerCommand?

  /// The owner watches no longer; the timer has looked.
  ///
  /// - Returns: What to do, or nil for nothing.
  mutating func endWait(alarm: Instant?) -> HostTimerCommand?

  /// The host timer was seen to have expired; the timer has looked at `now`.
  ///
  /// - Returns: What to do, one after the other.
  mutating func expire(at now: Instant, alarm: Instant?) -> [2 of HostTimerCommand?]
}

extension HostTimerRules {
  /// Arms the host timer unless it expires early enough: it may expire earlier, for nothing.
  @inlinable
  public mutating func settle(alarm: Instant?) -> HostTimerCommand? {
    guard let alarm else { return disarm() }
    if state.isOwnerWaiting {
      let latest = alarm.adding(nanoseconds: state.backupDelay)
      return state.expires(by: latest) ? nil : arm(at: latest)
    }
    if state.expires(by: max(alarm, state.pacing.earliest)) { return nil }
    return arm(at: state.pacing.expiry(for: alarm))
  }

  /// Arms the backup.
  ///
  /// *Why exactly so late:* one that expired for an earlier alarm would wake the other thread in vain.
  @inlinable
  public mutating func beginWait(alarm: Instant?) -> HostTimerCommand? {
    state.isOwnerWaiting = true
    return alarm.flatMap { arm(at: $0.adding(nanoseconds: state.backupDelay)) }
  }

  /// Sees to the next alarm, and leaves the host timer alone where there is none.
  ///
  /// *Why no system call lies between the alarm and the guest's entry:* the host timer is armed early
  /// enough for the next alarm, and without one it expires for nothing, once.
  @inlinable
  public mutating func endWait(alarm: Instant?) -> HostTimerCommand? {
    state.isOwnerWaiting = false
    return alarm == nil ? nil : settle(alarm: alarm)
  }

  /// Takes the expiry, and sees to the alarm that there still is.
  ///
  /// *Why the armed instant is forgotten:* a host timer fires once. Where it was early, for an alarm
  /// that has moved since or by the clock's rounding, it has to be armed again.
  ///
  /// *Order:* the expiry is taken before the host timer is armed again, or the new expiry might go with
  /// the old.
  @inlinable
  public mutating func expire(at now: Instant, alarm: Instant?) -> [2 of HostTimerCommand?] {
    state.armed = nil
    state.pacing.noteExpiry(at: now)
    return [.take, settle(alarm: alarm)]
  }

  /// Has the host timer expire at the instant, unless it does so already.
  @inlinable
  public mutating func arm(at instant: Instant) -> HostTimerCommand? {
    guard state.armed != instant else { return nil }
    state.armed = instant
    return .arm(instant)
  }

  /// Has the host timer not expire, unless it does not already.
  @inlinable
  public mutating func disarm() -> HostTimerCommand? {
    guard state.armed != nil else { return nil }
    state.armed = nil
    return .disarm
  }
}
