public import Exploration

/// What must never happen to a timer's host timer.
public enum HostTimerProperty: String, Hashable, Sendable, CaseIterable {
  /// There is an alarm, and nothing looks at the timer in time.
  case missed = "missed-alarm"
  /// The plan counts on an expiry that does not come.
  case disagreement = "armed-in-vain"
  /// An expiry was served, and the next one is due at the same instant.
  case busy = "busy-loop"
  /// A wait begins, and the backup would come before the owner's time is over.
  case earlyBackup = "early-backup"
  /// More expiries are served than the pacing allows.
  case rate = "expiry-rate"
  /// The host timer is armed anew, although it expires early enough.
  case needless = "needless-arming"
  /// An alarm that had to wait for the pacing is not counted, or one that did not.
  case deferral = "deferral-count"
}

/// What can happen to a host timer in ``HostTimerWorld``.
///
/// The lock of the timer is held from `expire` to `re-arm`: of the threads only the supervising one may act
/// in between, but time passes, and the host timer goes off.
public enum HostTimerAction: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  // Time. A pause of the machine, or a host that runs nothing of it, is time that passes.
  case tick
  case toAlarm = "to-alarm"
  case toExpiry = "to-expiry"
  case pause

  // The owner: the guest's accesses, and its waits.
  case alarmNow = "alarm=now"
  case alarmNear = "alarm=near"
  case alarmFar = "alarm=far"
  case noAlarm = "alarm=none"
  case look
  case beginWait = "begin-wait"
  /// For the alarm, a kick, or nothing at all.
  case endWait = "end-wait"

  // Another thread, by the host's accesses to registers, also while the owner waits.
  case otherAlarmNear = "other-alarm=near"
  case otherAlarmFar = "other-alarm=far"
  case otherNoAlarm = "other-alarm=none"
  case otherLook = "other-look"

  // The kernel: the host timer goes off, at its instant or late, or a tick early.
  case fire
  case fireEarly = "fire-early"

  // The supervising thread: it sees that the host timer has expired; it takes the lock, looks and takes the
  // expiry; it arms the host timer anew.
  case see
  case expire
  case rearm = "re-arm"

  /// The word for it in a replay string.
  public var description: String { rawValue }

  /// In whose column it is printed.
  public var actor: Actor {
    switch self {
    case .tick, .toAlarm, .toExpiry, .pause: .time
    case .alarmNow, .alarmNear, .alarmFar, .noAlarm, .look, .beginWait, .endWait: .guest
    default: .host
    }
  }
}
