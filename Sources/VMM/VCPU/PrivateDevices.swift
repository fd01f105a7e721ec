internal import KVM
internal import TimerModels

/// What a vCPU has for itself, at the same addresses as every other vCPU.
///
/// *Why a vCPU's thread holds it:* taken out of the machine's array, it would be retained and
/// released at every access.
final class PrivateDevices: Sendable {
  let cpu: Int
  let cp0: any PlatformCountCompare
  let genericTimer: any PlatformGenericTimer
  /// The machine's, by which ``genericTimer`` interrupts.
  let controller: any PlatformInterruptController
  /// How ``cp0`` is loaded from.
  private let cp0Loads: CP0Loads

  init(
    cpu: Int, cp0: any PlatformCountCompare, genericTimer: any PlatformGenericTimer,
    controller: any PlatformInterruptController
  ) {
    self.cpu = cpu
    self.cp0 = cp0
    self.genericTimer = genericTimer
    self.controller = controller
    cp0Loads = CP0Loads(of: cp0)
  }

  // MARK: The guest's accesses

  /// A load from ``cp0``.
  func readCP0(offset: Int, size: Int) throws(KVMError) -> UInt64 {
    try cp0Loads.read(offset: offset, size: size)
  }

  // MARK: Interrupts

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

/// The way to a Count/Compare timer's registers.
///
/// *Why the right timer has a way of its own:* through the protocol, its code is looked for anew at each load, in
/// tables that take as long to read as the timer takes.
private enum CP0Loads: Sendable {
  case plain(CountCompareDevice<CountCompareTimer>)
  case other(any PlatformCountCompare)

  init(of timer: any PlatformCountCompare) {
    if let plain = timer as? CountCompareDevice<CountCompareTimer> {
      self = .plain(plain)
    } else {
      self = .other(timer)
    }
  }

  /// *Why never in place:* where it is, the timer is retained and released at each load.
  @inline(never)
  func read(offset: Int, size: Int) throws(KVMError) -> UInt64 {
    switch self {
    case .plain(let timer): try timer.read(offset: offset, size: size)
    case .other(let timer): try timer.read(offset: offset, size: size)
    }
  }
}

extension Instant? {
  /// The earlier of two alarms, of which either may not be set.
  static func earlier(_ one: Instant?, _ other: Instant?) -> Instant? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }
}
