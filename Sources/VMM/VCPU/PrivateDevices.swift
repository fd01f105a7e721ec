internal import KVM
internal import TimerModels

/// What a vCPU has for itself, at the same addresses as every other vCPU.
///
/// *Why a vCPU's thread holds a copy:* taken out of the machine's array, they would be retained and
/// released at every access.
struct PrivateDevices: Sendable {
  let cpu: Int
  let cp0: any PlatformCountCompare
  let genericTimer: any PlatformGenericTimer
  /// The machine's, by which ``genericTimer`` interrupts.
  let controller: any PlatformInterruptController

  /// Whether one of the timers will, left alone, interrupt the vCPU (`--irqchip user`).
  var mayInterrupt: Bool { mayCountCompareInterrupt || mayGenericTimerInterrupt }

  /// Whether the Count/Compare timer will, left alone, raise its line.
  var mayCountCompareInterrupt: Bool { cp0.possibleLevels != 0 }

  /// Whether the generic timer will, left alone, have the platform's controller raise the vCPU's line.
  var mayGenericTimerInterrupt: Bool {
    cpu < controller.cpuCount
      && controller.wouldInterrupt(cpu: cpu, ifHigh: genericTimer.possibleLevels)
  }

  /// The next alarm of those timers that will, left alone, interrupt the vCPU (`--irqchip user`).
  var usefulAlarm: Instant? {
    .earlier(
      mayCountCompareInterrupt ? cp0.alarm : nil,
      mayGenericTimerInterrupt ? genericTimer.alarm : nil)
  }

  /// The next alarm of the timers, whether or not it interrupts.
  var nextAlarm: Instant? { .earlier(cp0.alarm, genericTimer.alarm) }

  // MARK: Waiting

  /// The vCPU's thread waits for the alarms itself until ``endWait(for:)``.
  ///
  /// - Returns: The next one.
  func beginWait() -> Instant? { .earlier(cp0.beginWait(), genericTimer.beginWait()) }

  /// The vCPU's thread waits no longer, and looks whether something has become due.
  ///
  /// - Parameter arrival: What it waited for; nil where there was no alarm.
  /// - Throws: ``KVMError`` where a line cannot be driven.
  func endWait(for arrival: Arrival?) throws(KVMError) {
    try cp0.endWait(for: arrival)
    try genericTimer.endWait(for: arrival)
  }

  /// The latest instant that a timer was told before its clock showed it.
  var reached: Instant { max(cp0.reached, genericTimer.reached) }
}

extension Instant? {
  /// The earlier of two alarms, of which either may not be set.
  static func earlier(_ one: Instant?, _ other: Instant?) -> Instant? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }
}
