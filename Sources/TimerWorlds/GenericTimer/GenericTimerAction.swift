public import Exploration

/// What must never happen to a generic timer and its controller.
public enum GenericTimerProperty: String, Hashable, Sendable, CaseIterable {
  /// CNTVCT is not what the rules make it.
  case countValue = "count-value"
  /// CTL is not what the guest wrote, or ISTATUS of an enabled timer is not the condition.
  case controlValue = "ctl-value"
  /// TVAL is not CVAL less the count.
  case timerValue = "tval-value"
  /// GICD_ISPENDR does not show what is pending.
  case pendingValue = "pending-value"
  /// GICD_ISACTIVER does not show what is active.
  case activeValue = "active-value"
  /// GICC_IAR gave another interrupt than the one that is due.
  case wrongAcknowledge = "wrong-acknowledge"
  /// The CPU is interrupted, and nothing is due.
  case stale = "stale-interrupt"
  /// An interrupt is due, and the CPU is not interrupted within a tick.
  case lost = "lost-interrupt"
  /// The host is woken for ever at one instant.
  case alarmPast = "alarm-past"
  /// A register does not show what the rules make it.
  case registerValue = "register-value"
  /// A write changed what it must not change, or one that is to be refused was carried out, or the reverse.
  case effect = "write-effect"
  /// An output that may rise is not said to, or one that cannot is.
  case possibleOutput = "possible-output"
}

/// What can happen to a generic timer with its controller in ``GenericTimerWorld``.
///
/// `v` and `p` are the virtual and the physical timer; `cval+1` is the count plus one tick. Times
/// are the instants around the next deadline of either timer, and around the host's timer.
public enum GenericTimerAction: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  // Time.
  case toDeadline = "deadline"
  case toJustBeforeDeadline = "deadline-1ns"
  case toNextTick = "tick"
  case toAlarm = "alarm"
  case toJustBeforeAlarm = "alarm-1ns"

  // The guest, at the virtual timer.
  case enable = "v-enable"
  case disable = "v-disable"
  case mask = "v-mask"
  case compareNow = "v-cval=now"
  case compareNext = "v-cval+1"
  case compareFar = "v-cval+far"
  /// 2^64 - 1: with CNTVOFF it names an instant that is past.
  case compareLast = "v-cval=last"
  case timerNext = "v-tval=1"
  case timerPast = "v-tval=-1"
  case readControl = "v-read-ctl"
  case readTimer = "v-read-tval"
  case readCount = "v-read-count"
  // At the physical timer.
  case physicalEnable = "p-enable"
  case physicalDisable = "p-disable"
  case physicalCompareNext = "p-cval+1"
  case physicalCompareFar = "p-cval+far"
  case physicalReadTimer = "p-read-tval"
  // At the controller.
  case acknowledge = "read-iar"
  case endInterrupt = "write-eoir"
  case enableInterrupt = "ppi-enable"
  case disableInterrupt = "ppi-disable"
  case setPending = "ppi-set-pending"
  case clearPending = "ppi-clear-pending"
  case readPending = "ppi-read-pending"
  case block = "wfi"

  // The host.
  case wake = "wake"
  case reset = "reset"
  case stop = "stop"
  case saveTimer = "save-timer"
  case saveController = "save-gic"
  case restoreTimer = "restore-timer"
  case restoreController = "restore-gic"
  case goOn = "go-on"
  /// CNTVOFF between a little and a little less than 2^64.
  case switchOffset = "switch-cntvoff"
  /// Everything is read, and written that is to change nothing.
  case look

  /// The word for it in a replay string.
  public var description: String { rawValue }

  /// Who does it.
  public var actor: Actor {
    switch self {
    case .toDeadline, .toJustBeforeDeadline, .toNextTick, .toAlarm, .toJustBeforeAlarm: .time
    case .wake, .reset, .stop, .saveTimer, .saveController, .restoreTimer, .restoreController,
      .goOn, .switchOffset, .look:
      .host
    default: .guest
    }
  }
}
