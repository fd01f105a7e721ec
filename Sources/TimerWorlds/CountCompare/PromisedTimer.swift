internal import Synchronization
internal import TimerModels

/// A timer that does what a right one does, and notes what was asked of it: what another is still to do.
///
/// What a world does by it is what it does by the other timer, if that answers the same.
struct PromisedTimer: CountCompareInterface {
  /// What all timers were asked for, and what a right one answers.
  struct Notes: Sendable {
    var script = CountCompareScript()
    /// By line: what is to be read, if that matters.
    var values: ContiguousArray<UInt64?> = []
    /// By line: the level that is to be seen, if that matters.
    var levels: ContiguousArray<Bool?> = []
    /// The number of the timer that sequences start from.
    var origin = 0
    /// Whether a sequence branched, which none can.
    var isBranched = false

    /// Adds a line after another, -1 for none, and returns its number.
    mutating func add(
      _ step: CountCompareStep, after line: Int, value: UInt64?, level: Bool?
    ) -> Int {
      let next = script.lines.count
      if line >= 0, line != next - 1 { isBranched = true }
      script.lines.append(.init(step, from: line < 0 ? origin : nil))
      values.append(value)
      levels.append(level)
      return next
    }

    mutating func removeLast(_ count: Int) {
      script.lines.removeLast(count)
      values.removeLast(count)
      levels.removeLast(count)
    }
  }

  /// What all copies share.
  final class Log: Sendable {
    let notes = Mutex(Notes())
  }

  private let log: Log
  private var right: CountCompareTimer
  /// The line that led here; -1 for none.
  private(set) var line = -1
  /// When the other timer wants to be woken; nil from the first operation on.
  private(set) var alarm: Instant?

  init(_ right: CountCompareTimer, alarm: Instant?, log: Log) {
    self.right = right
    self.alarm = alarm
    self.log = log
  }

  private mutating func note(
    at now: Instant, _ operation: CountCompareStep.Operation, value: UInt64? = nil,
    level: Bool? = nil
  ) {
    let step = CountCompareStep(at: now, operation)
    line = log.notes.withLock { $0.add(step, after: line, value: value, level: level) }
    alarm = nil
  }

  func restarted(at now: Instant, frequency: CountFrequency) -> Self {
    var other = self
    other.right = right.restarted(at: now, frequency: frequency)
    other.note(at: now, .restart(frequency))
    return other
  }

  mutating func perform(at now: Instant, guest access: CountCompareGuestAccess) -> UInt32 {
    let value = right.perform(at: now, guest: access)
    switch access {
    case .readCount, .readCycleCounter:
      note(at: now, .guest(access), value: UInt64(value), level: right.interruptLine)
    case .readCompare, .readCause: note(at: now, .guest(access), value: UInt64(value))
    case .writeCount, .writeCompare, .writeCause: note(at: now, .guest(access))
    }
    return value
  }

  mutating func perform(
    at now: Instant, host access: CountCompareHostAccess
  ) throws(CountCompareError) -> UInt64 {
    let value = try right.perform(at: now, host: access)
    switch access {
    case .readCount, .readCompare, .readCause, .readControl, .readResume, .readFrequency:
      note(at: now, .host(access), value: value)
    case .writeCount, .writeCompare, .writeCause, .writeControl, .writeResume, .writeFrequency:
      note(at: now, .host(access))
    }
    return value
  }

  mutating func wakeUp(at now: Instant) {
    right.wakeUp(at: now)
    note(at: now, .wakeUp)
  }

  mutating func shift(at now: Instant, by nanoseconds: UInt64, counts: UInt32) {
    right.shift(at: now, by: nanoseconds, counts: counts)
    note(at: now, .shift(nanoseconds: nanoseconds, counts: counts))
  }

  var cause: CP0Cause { right.cause }
  var compare: UInt32 { right.compare }
  var interruptLine: Bool { right.interruptLine }
  var fingerprint: UInt64 { right.fingerprint }

  static func == (left: Self, right: Self) -> Bool { left.right == right.right }
  func hash(into hasher: inout Hasher) { hasher.combine(right) }
}
