internal import TimerModels

/// What one timer records; it lies behind the lock of the timer's device, so it needs none.
///
/// It compares what the timer shows after an operation with what it showed before. So each operation is noted
/// at one place, whatever it did, and what did not change leaves no event.
struct TimerRecorder: Sendable {
  private let timer: TimerEvent.Timer
  private let cpu: Int
  private(set) var ring: TraceRing
  private var alarm: Instant?
  private var levels: UInt32 = 0

  /// A recorder that notes nothing.
  init() { self.init(of: .countCompare, cpu: 0, []) }

  /// A recorder of a vCPU's timer.
  init(of timer: TimerEvent.Timer, cpu: Int, _ recording: Recording) {
    self.timer = timer
    self.cpu = cpu
    ring = TraceRing(capacity: recording.timerCapacity)
  }

  /// Whether anything is noted.
  var isOn: Bool { ring.isKept }

  /// Notes what an operation changed.
  ///
  /// - Parameters:
  ///   - now: The instant that the timer was told.
  ///   - occasion: Why it looked at the time.
  ///   - newAlarm: When it wants to be woken now.
  ///   - newLevels: Its lines' levels now.
  mutating func note(
    at now: Instant, _ occasion: TimerEvent.Occasion, alarm newAlarm: Instant?,
    levels newLevels: UInt32
  ) {
    noteExpiry(at: now, occasion)
    var changed = newLevels ^ levels
    while changed != 0 {
      let line = changed.trailingZeroBitCount
      append(.line(line, isHigh: newLevels >> line & 1 == 1), at: now, occasion)
      changed &= changed - 1
    }
    if newAlarm != alarm {
      append(newAlarm.map { .armed(for: $0.nanoseconds) } ?? .disarmed, at: now, occasion)
    }
    (alarm, levels) = (newAlarm, newLevels)
  }

  /// Begins with a state that is not an event: power-on's, or one of which another run's trace has how it came about.
  ///
  /// *Why power-on's is none:* it would come with the first look at the timer, and a machine that is saved before that
  /// would have it in no trace.
  mutating func begin(alarm: Instant?, levels: UInt32) {
    (self.alarm, self.levels) = (alarm, levels)
    ring.removeAll()
  }

  /// The host's timer says when it expired early or in vain; the others look more often than there is an alarm.
  private mutating func noteExpiry(at now: Instant, _ occasion: TimerEvent.Occasion) {
    let isDue = alarm.map { $0 <= now } ?? false
    guard occasion == .hostTimer || isDue && occasion != .access else { return }
    append(.expired(alarm: alarm?.nanoseconds), at: now, occasion)
  }

  private mutating func append(
    _ change: TimerEvent.Change, at now: Instant, _ occasion: TimerEvent.Occasion
  ) {
    ring.append(
      TraceEvent(
        time: now.nanoseconds, cpu: cpu,
        content: .timer(TimerEvent(timer: timer, occasion: occasion, change: change))))
  }
}
