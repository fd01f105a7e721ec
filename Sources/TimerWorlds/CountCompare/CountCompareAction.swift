public import Exploration

/// What must never happen to a Count/Compare timer.
public enum CountCompareProperty: String, Hashable, Sendable, CaseIterable {
  /// Count is not what the rules make it.
  case countValue = "count-value"
  /// CC is not Count.
  case cycleCounterValue = "cc-value"
  /// A register shows Count at or past Compare, and TI is clear.
  case silentMatch = "silent-match"
  /// Compare is not what was written.
  case compareValue = "compare-value"
  /// Cause.DC is not what was written.
  case disableValue = "dc-value"
  /// TI is set, and Count has not met Compare since it was cleared.
  case early = "early-interrupt"
  /// Count has met Compare, and no alarm within a tick will set TI.
  case lost = "lost-interrupt"
  /// After a wake-up the alarm is not in the future: the host would wake it for ever.
  case alarmPast = "alarm-past"
  /// The host is to wake a timer whose Count is stopped.
  case armedStopped = "armed-stopped"
  /// The host's access was refused, though its value is allowed.
  case refused = "refused-access"
  /// The host's access was carried out, or changed something, though its value is not allowed.
  case accepted = "accepted-access"
  /// A register does not show what the rules make it.
  case registerValue = "register-value"
  /// A write changed what it must not change, or did not change what it must.
  case effect = "write-effect"
  /// Status lets an interrupt through that it holds back, or the reverse.
  case taken = "interrupt-taken"
  /// Count taken back from hardware is not where the hardware's, or the time, puts it.
  case drift = "drifted-count"
}

/// What can happen to a Count/Compare timer in ``CountCompareWorld``.
///
/// Values are named by where they stand: `compare+1` is Count plus one tick, a quarter is a quarter
/// of a wrap. Times are the next of the instants around a match and the alarm, and fractions of a
/// wrap after the last match.
public enum CountCompareAction: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  // Time.
  case toMatch = "match"
  case toJustBeforeMatch = "match-1ns"
  case toJustAfterMatch = "match+1ns"
  case toTickAfterMatch = "match+tick"
  case toTickEnd = "tick-end"
  case toAlarm = "alarm"
  case toJustBeforeAlarm = "alarm-1ns"
  case toQuarter = "quarter"
  case toJustBeforeHalf = "half-tick"
  case toHalf = "half"

  // The guest.
  case readCount = "read-count"
  case readCycleCounter = "read-cc"
  case readCause = "read-cause"
  case acknowledge = "acknowledge"
  case compareNext = "compare+1"
  case compareSecond = "compare+2"
  case compareFar = "compare+quarter"
  case compareEqual = "compare=count"
  case comparePast = "compare-1"
  case countBefore = "count=compare-1"
  case countEqual = "count=compare"
  case setDisable = "set-dc"
  case clearDisable = "clear-dc"
  case beginCause = "begin-cause"
  case finishCause = "finish-cause"
  case beginCompareNext = "begin-compare+1"
  case beginCompareSecond = "begin-compare+2"
  case beginCompareFar = "begin-compare+quarter"
  case beginComparePast = "begin-compare-1"
  case finishCompare = "finish-compare"

  // The host.
  case wake = "wake"
  case stop = "stop"
  case start = "start"
  case resumeNow = "resume=now"
  case resumeEarlier = "resume-tick"
  case hostCompareNext = "host-compare+1"
  case hostCompareFar = "host-compare+quarter"
  case hostCountBefore = "host-count=compare-1"
  case hostSetDisable = "host-set-dc"
  case hostClearDisable = "host-clear-dc"
  case hostSetInterrupt = "host-set-ti"
  case hostClearInterrupt = "host-clear-ti"
  case changeFrequency = "frequency"
  case migrate = "migrate"
  case handOver = "hand-over"
  case completeHandOver = "complete"
  case readHardware = "read-hardware"
  case takeBack = "take-back"
  /// Everything is read, and written that is to be refused or to change nothing.
  case look

  /// The word for it in a replay string.
  public var description: String { rawValue }

  /// Who does it.
  public var actor: Actor {
    switch self {
    case .toMatch, .toJustBeforeMatch, .toJustAfterMatch, .toTickAfterMatch, .toTickEnd, .toAlarm,
      .toJustBeforeAlarm, .toQuarter, .toJustBeforeHalf, .toHalf:
      .time
    case .readCount, .readCycleCounter, .readCause, .acknowledge, .compareNext, .compareSecond,
      .compareFar, .compareEqual, .comparePast, .countBefore, .countEqual, .setDisable,
      .clearDisable, .beginCause, .finishCause, .beginCompareNext, .beginCompareSecond,
      .beginCompareFar, .beginComparePast, .finishCompare:
      .guest
    default: .host
    }
  }

  /// The actions of a timer in software alone.
  public static let registers = allCases.filter { !elsewhere.contains($0) }

  private static let elsewhere: [CountCompareAction] = [
    .beginCause, .finishCause, .beginCompareNext, .beginCompareSecond, .beginCompareFar,
    .beginComparePast, .finishCompare, .handOver, .completeHandOver, .readHardware, .takeBack,
    .look,
  ]

  /// The actions of a timer that is moved to hardware and back.
  public static let hardware: [CountCompareAction] = [
    .toMatch, .toJustBeforeMatch, .toJustAfterMatch, .toTickAfterMatch, .toTickEnd, .toQuarter,
    .readCount, .acknowledge, .compareNext, .compareSecond, .compareFar, .compareEqual, .wake,
    .handOver, .completeHandOver, .readHardware, .takeBack, .look,
  ]

  /// The actions of a timer whose every register is looked at.
  public static let access: [CountCompareAction] = [
    .toMatch, .toJustBeforeMatch, .toTickEnd, .toQuarter, .acknowledge, .compareNext, .setDisable,
    .clearDisable, .wake, .stop, .start, .hostSetInterrupt, .hostClearInterrupt, .changeFrequency,
    .look,
  ]

  /// The actions of a timer on which a write of Cause takes two steps.
  public static let splitCause: [CountCompareAction] = [
    .toMatch, .toJustBeforeMatch, .toJustAfterMatch, .toTickAfterMatch, .toTickEnd, .toAlarm,
    .readCount, .readCause, .acknowledge, .compareNext, .compareSecond, .setDisable,
    .clearDisable, .beginCause, .finishCause, .wake, .stop, .start,
  ]

  /// The actions of a timer in software whose guest has registers in hardware.
  public static let splitCompare: [CountCompareAction] = [
    .toMatch, .toJustBeforeMatch, .toJustAfterMatch, .toTickAfterMatch, .toTickEnd, .toAlarm,
    .toQuarter, .readCount, .acknowledge, .countBefore, .countEqual, .beginCompareNext,
    .beginCompareSecond, .beginCompareFar, .beginComparePast, .finishCompare, .wake,
  ]
}
