import TestSupport
import TimerModels

/// One random life of a timer, led by a model and the ideal together.
struct CountCompareScript<Timer: CountCompareRules> {
  /// How the host treats alarms.
  enum Host: CaseIterable {
    /// Wakes the model at each alarm, exactly.
    case punctual
    /// Wakes it once, some time after, however many alarms there would have been.
    case late
    /// Wakes it at any time, alarm or not.
    case erratic
    /// Never wakes it.
    case absent
  }

  var random: SplitMix64
  let host: Host
  var now: UInt64
  var timer: Timer
  var ideal: IdealCountCompare
  /// What was done, for the message of a failure.
  var log: [String] = []

  static var edgeFrequencies: [UInt64] {
    [1, 2, 3, 999, 32_768, 33_000_000, 100_000_000, 300_000_000, 999_999_937, 1_000_000_000]
  }

  init(seed: UInt64, host: Host) throws {
    random = SplitMix64(seed: seed)
    self.host = host
    let hertz = Self.randomFrequency(&random)
    switch random.next() % 4 {
    case 0: now = 0
    case 1: now = random.next() >> 20
    case 2: now = random.next()
    default: now = UInt64.max - random.next() >> (8 + random.next() % 48)
    }
    timer = Timer(at: Instant(nanoseconds: now), frequency: try CountFrequency(hertz: hertz))
    ideal = IdealCountCompare(time: now, hertz: hertz)
    log.append("start at \(now) with \(hertz) Hz")
  }

  static func randomFrequency(_ random: inout SplitMix64) -> UInt64 {
    if random.next() % 2 == 0 { return edgeFrequencies.randomElement(using: &random) ?? 1 }
    return 1 + random.next() % (1_000_000_000 >> (random.next() % 30))
  }

  /// Runs `steps` random steps; the answer is what went wrong first, or nil.
  mutating func run(steps: Int) throws -> String? {
    for _ in 0..<steps {
      passTime()
      if let problem = check() { return problem }
      try operate()
      if let problem = check() { return problem }
    }
    return nil
  }

  private mutating func passTime() {
    let step = randomStep()
    let target = UInt64.max - now < step ? .max : now + step
    switch host {
    case .punctual: wakePunctually(until: target)
    case .erratic:
      for _ in 0..<(random.next() % 3) {
        let moment = now + random.next(upTo: target - now)
        wake(at: moment)
        now = moment
      }
    case .late:
      if let alarm = timer.alarm, alarm.nanoseconds <= target { wake(at: target) }
    case .absent: break
    }
    now = target
    ideal.advance(to: now)
    log.append("now \(now)")
  }

  private mutating func wakePunctually(until target: UInt64) {
    // A model whose alarm does not move would be woken for ever: the guarantee of wakeUp.
    var previous: Instant?
    while let alarm = timer.alarm, alarm.nanoseconds <= target, alarm != previous {
      // A long sleep at a high frequency: the rest in one wake-up.
      let moment = log.count > 40_000 ? target : max(alarm.nanoseconds, now)
      wake(at: moment)
      previous = alarm
    }
  }

  private mutating func wake(at moment: UInt64) {
    timer.wakeUp(at: Instant(nanoseconds: moment))
    log.append("wake at \(moment)")
  }

  /// A time to pass: around ticks, around the next match, around the alarm, or just long.
  private mutating func randomStep() -> UInt64 {
    let jitter = random.next() % 24
    func until(_ moment: UInt128) -> UInt64 {
      let distance = moment > UInt128(now) ? moment - UInt128(now) : 0
      let early = distance > UInt128(jitter / 2) ? distance - UInt128(jitter / 2) : 0
      return UInt64(clamping: early + UInt128(jitter % 2) * 3)
    }
    switch random.next() % 12 {
    case 0: return 0
    case 1: return jitter
    case 2: return until(ideal.instant(ofTick: 1))
    case 3, 4, 5: return until(ideal.instant(ofTick: ideal.distance))
    case 6, 7: return timer.alarm.map { until(UInt128($0.nanoseconds)) } ?? jitter
    case 8: return until(ideal.instant(ofTick: ideal.distance &+ 1))
    case 9: return random.next() % 100_000
    case 10:
      let wrap = (UInt64(1) << 32) / max(1, ideal.hertz / 1_000_000) &* 1000
      return random.next(upTo: wrap) &* (random.next() % 3)
    default: return random.next() % 64 == 0 ? random.next() >> 6 : random.next() % 1000
    }
  }
}

extension CountCompareScript {
  /// The first difference between model and ideal at the present instant, or nil.
  ///
  /// Looks at copies, so that looking does not deliver what is due.
  mutating func check() -> String? {
    let instant = Instant(nanoseconds: now)
    var reader = timer
    let count = reader.perform(at: instant, guest: .readCount)
    guard count == ideal.count else { return "Count is \(count), not \(ideal.count)" }
    guard reader.interruptLine == ideal.isPending else {
      return "Count was read as \(count), Compare \(ideal.compare), TI \(reader.interruptLine)"
    }
    reader = timer
    let cause = CP0Cause(rawValue: reader.perform(at: instant, guest: .readCause))
    guard cause.contains(.timerInterrupt) == ideal.isPending,
      cause.contains(.pending7) == ideal.isPending
    else { return "Cause was read as \(String(cause.rawValue, radix: 16))" }
    reader = timer
    reader.wakeUp(at: instant)
    guard reader.interruptLine == ideal.isPending else {
      return "after waking up the line is \(reader.interruptLine)"
    }
    if let alarm = reader.alarm, alarm <= instant { return "after waking up the alarm is past" }
    if (timer.alarm != nil) && !ideal.isRunning { return "armed, but stopped" }
    if timer.interruptLine && !ideal.isPending { return "the line is early" }
    if host == .punctual, !timer.interruptLine, ideal.isPending {
      // All that a punctual host may leave to reads is less than a tick.
      let tick = 1_000_000_000 / ideal.hertz + 1
      guard now - ideal.lastMatch <= tick else {
        return "the line is late by \(now - ideal.lastMatch) ns"
      }
    }
    return nil
  }

  private mutating func randomCount() -> UInt32 {
    let near = UInt32(random.next() % 7) &- 3
    switch random.next() % 6 {
    case 0: return ideal.count &+ near
    case 1: return ideal.compare &+ near
    case 2: return ideal.count &+ near &+ 0x8000_0000
    case 3: return ideal.count &+ UInt32(random.next() % 1000)
    case 4: return near
    default: return UInt32(truncatingIfNeeded: random.next())
    }
  }

  private mutating func operate() throws {
    let instant = Instant(nanoseconds: now)
    switch random.next() % 14 {
    case 0: _ = timer.perform(at: instant, guest: .readCount)
    case 1: _ = timer.perform(at: instant, guest: .readCycleCounter)
    case 2, 3, 4: writeCompare(at: instant)
    case 5: writeCount(at: instant)
    case 6, 7: try writeCause(at: instant)
    case 8: try writeMaster(at: instant)
    case 9:
      let hertz = Self.randomFrequency(&random)
      log.append("frequency \(hertz)")
      try timer.perform(at: instant, host: .writeFrequency(hertz))
      ideal.writeFrequency(hertz)
    case 10:
      // Freeze and thaw with nothing changed, by way of Compare and back.
      let compare = ideal.compare
      log.append("freeze and thaw")
      try timer.perform(at: instant, host: .writeCompare(compare &+ 1))
      try timer.perform(at: instant, host: .writeCompare(compare))
    case 11:
      log.append("save and load")
      timer = Timer(state: timer.state)
    default: break
    }
  }

  private mutating func writeCompare(at instant: Instant) {
    let value = random.next() % 5 == 0 ? ideal.compare : randomCount()
    let isGuest = random.next() % 3 != 0
    log.append("\(isGuest ? "guest" : "host") Compare \(value)")
    if isGuest {
      _ = timer.perform(at: instant, guest: .writeCompare(value))
    } else {
      timer.hostWriteCompare(at: instant, value)
    }
    ideal.writeCompare(value, acknowledging: isGuest)
  }

  private mutating func writeCount(at instant: Instant) {
    let value = randomCount()
    log.append("Count \(value)")
    if random.next() % 2 == 0 {
      _ = timer.perform(at: instant, guest: .writeCount(value))
    } else {
      timer.hostWriteCount(at: instant, value)
    }
    ideal.writeCount(value)
  }

  private mutating func writeCause(at instant: Instant) throws {
    let disabled = random.next() % 2 == 0
    let pending = random.next() % 2 == 0
    let cause: CP0Cause = [
      disabled ? .disableCount : [], pending ? .timerInterrupt : [], .pending0,
    ]
    if random.next() % 3 == 0 {
      log.append("host Cause.DC \(disabled) TI \(pending)")
      try timer.perform(at: instant, host: .writeCause(cause.rawValue))
      ideal.writeCause(disabled: disabled, pending: pending)
    } else {
      log.append("guest Cause.DC \(disabled)")
      _ = timer.perform(at: instant, guest: .writeCause(cause.rawValue))
      ideal.writeCause(disabled: disabled, pending: nil)
    }
  }

  private mutating func writeMaster(at instant: Instant) throws {
    guard ideal.masterDisabled, random.next() % 2 == 0 else {
      let disabled = random.next() % 2 == 0
      log.append("COUNT_CTL.DC \(disabled)")
      try timer.perform(at: instant, host: .writeControl(disabled ? 1 : 0))
      ideal.writeMaster(disabled: disabled)
      return
    }
    let time = random.next() % 2 == 0 ? now : now - random.next(upTo: min(now, 10_000_000_000))
    log.append("COUNT_RESUME \(time)")
    try timer.perform(at: instant, host: .writeResume(time))
    ideal.writeResume(time)
  }
}

extension SplitMix64 {
  /// A number from 0 to `bound`, both included.
  mutating func next(upTo bound: UInt64) -> UInt64 {
    bound == .max ? next() : next() % (bound + 1)
  }
}
