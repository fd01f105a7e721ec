internal import Synchronization
internal import TimerModels

/// A timer that does nothing but note what is done to it, to find out what an action will ask of another.
///
/// A copy goes its own way: what is noted is every sequence of operations that any copy went through.
/// What it answers matters only where a world goes on by it, which is where it reads what it wrote: so it
/// has what the ideal has.
struct CountCompareRecorder: CountCompareInterface {
  /// What all copies went through.
  final class Log: Sendable {
    let sequences = Mutex<[[CountCompareStep]]>([])
  }

  private let log: Log
  private var path: [CountCompareStep] = []
  private let ideal: CountCompareIdeal
  /// The instant of the last operation, for those that name none.
  private var now: Instant
  /// The recorded timer's.
  let alarm: Instant?

  init(log: Log, ideal: CountCompareIdeal, now: Instant, alarm: Instant?) {
    self.log = log
    self.ideal = ideal
    self.now = now
    self.alarm = alarm
  }

  private mutating func note(at now: Instant, _ operation: CountCompareStep.Operation) {
    self.now = now
    path.append(CountCompareStep(at: now, operation))
    log.sequences.withLock { sequences in
      // A sequence that goes on takes the place of its beginning.
      if let last = sequences.last, last == path.dropLast() { sequences.removeLast() }
      sequences.append(path)
    }
  }

  func restarted(at now: Instant, frequency: CountFrequency) -> Self {
    var other = self
    other.note(at: now, .restart(frequency))
    return other
  }

  mutating func perform(at now: Instant, guest access: CountCompareGuestAccess) -> UInt32 {
    note(at: now, .guest(access))
    return access == .readCause ? cause.rawValue : ideal.count
  }

  mutating func perform(at now: Instant, host access: CountCompareHostAccess) -> UInt64 {
    note(at: now, .host(access))
    return access == .readFrequency ? ideal.rate.hertz : ideal.resumeTime
  }

  var cause: CP0Cause {
    [ideal.isPending ? .timerInterrupt : [], ideal.isDisabled ? .disableCount : []]
  }

  var interruptLine: Bool { ideal.isPending }
  mutating func wakeUp(at now: Instant) { note(at: now, .wakeUp) }
  var compare: UInt32 { ideal.compare }
  var fingerprint: UInt64 { 0 }

  mutating func shift(by nanoseconds: UInt64, counts: UInt32) {
    note(at: now, .shift(nanoseconds: nanoseconds, counts: counts))
  }

  static func == (left: Self, right: Self) -> Bool { left.path == right.path }
  func hash(into hasher: inout Hasher) { hasher.combine(path) }
}
