import BugMuseum
import TimerModels

/// The timer models as values, at instants from one end of time to the other, at 1 Hz to 1 GHz.
///
/// *Reaches:* every access of guest and host, in any order and at any distance. *Does not reach:* drivers
/// (``BusTarget``), and the schedules that the search has by heart.
enum TimersTarget: FuzzTarget {
  static let name = "timers"

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    let kind = input.index(below: 3)
    let now = Instant(nanoseconds: input.number())
    switch kind {
    case 0: try runCountCompare(from: now, &input)
    case 1: try runGenericTimer(from: now, &input)
    default: try runTSC(from: now, &input)
    }
  }

  // MARK: Count/Compare

  private static func runCountCompare(from start: Instant, _ input: inout FuzzInput) throws {
    let hertz = 1 + input.number() % CountFrequency.maximumHertz
    var timer = CountCompareTimer(at: start, frequency: try CountFrequency(hertz: hertz))
    var now = start
    while !input.isEmpty {
      now = now.adding(nanoseconds: input.number())
      let value = input.number()
      if input.flag() {
        let access = guestAccess(input.byte(), UInt32(truncatingIfNeeded: value))
        timer.perform(at: now, guest: access)
      } else {
        _ = try? timer.perform(at: now, host: hostAccess(input.byte(), value))
      }
      if input.flag() { try wakeUp(&timer, &now) }
      try promise(
        CountCompareTimer(state: timer.state) == timer, "a timer made of a state has another")
    }
  }

  private static func guestAccess(_ number: UInt8, _ value: UInt32) -> CountCompareGuestAccess {
    switch number % 7 {
    case 0: .readCount
    case 1: .writeCount(value)
    case 2: .readCompare
    case 3: .writeCompare(value)
    case 4: .readCause
    case 5: .writeCause(value)
    default: .readCycleCounter
    }
  }

  private static func hostAccess(_ number: UInt8, _ value: UInt64) -> CountCompareHostAccess {
    let word = UInt32(truncatingIfNeeded: value)
    return switch number % 10 {
    case 0: .readCount
    case 1: .writeCount(word)
    case 2: .writeCompare(word)
    case 3: .readCause
    case 4: .writeCause(word)
    case 5: .writeControl(value & 3)
    case 6: .readResume
    case 7: .writeResume(value)
    case 8: .writeFrequency(value)
    default: .writeFrequency(1 + value % CountFrequency.maximumHertz)
    }
  }

  /// What serves an alarm is not called again at once; a look that is late finds the interrupt.
  private static func wakeUp(_ timer: inout some TimerModel, _ now: inout Instant) throws {
    timer.wakeUp(at: now)
    guard let alarm = timer.alarm else { return }
    try promise(alarm > now, "an alarm at \(alarm) after a wake-up at \(now)")
    now = alarm
    timer.wakeUp(at: now)
    if let next = timer.alarm {
      try promise(next > now, "an alarm at \(next) after a wake-up at \(now)")
    }
  }

  // MARK: The generic timer

  private static func runGenericTimer(from start: Instant, _ input: inout FuzzInput) throws {
    let frequency = try CounterFrequency(hertz: 1 + input.number() % 1_000_000_000)
    var timer = GenericTimer(at: start, frequency: frequency)
    let registers = GenericTimerChannel.allCases.flatMap { channel -> [GenericTimerRegister] in
      [.counter(channel), .control(channel), .compareValue(channel), .timerValue(channel)]
    }
    var now = start
    while !input.isEmpty {
      now = now.adding(nanoseconds: input.number())
      let register = input.choice(registers + [.frequency, .virtualOffset])
      let value = input.number()
      switch input.byte() % 5 {
      case 0: _ = timer.read(at: now, register)
      case 1, 2: timer.write(at: now, register, value)
      case 3: _ = try? timer.hostWrite(at: now, register, value)
      default: if input.flag() { timer.reset(at: now) } else { try wakeUp(&timer, &now) }
      }
      try check(timer, at: now)
    }
  }

  /// The counters and the levels, by arithmetic that cannot overflow.
  private static func check(_ timer: GenericTimer, at now: Instant) throws {
    let registers = timer.registers
    let ticks = UInt128(now.nanoseconds) * UInt128(registers.frequency.hertz) / 1_000_000_000
    let physical = timer.read(at: now, .counter(.physical))
    try promise(physical == UInt64(truncatingIfNeeded: ticks), "CNTPCT is not the time in ticks")
    for channel in GenericTimerChannel.allCases {
      let count = timer.read(at: now, .counter(channel))
      let isMet = count >= registers[channel].compareValue
      let control = registers[channel].control.rawValue
      try promise(
        timer.output(at: now, of: channel) == (isMet && control & 3 == 1),
        "an output is not what CTL, CVAL and the count make it")
      if let rise = timer.nextRise(after: now, of: channel) {
        try promise(rise > now && timer.output(at: rise, of: channel), "an output does not rise")
      }
    }
  }

  // MARK: TSC matching

  private static func runTSC(from start: Instant, _ input: inout FuzzInput) throws {
    let rules = input.choice(TSCRuleSet.named).rules
    let kilohertz = UInt32(truncatingIfNeeded: input.number())
    guard let frequency = try? TSCFrequency(kilohertz: kilohertz) else { return }
    let host = TSCHost(
      frequency: frequency, isStable: input.flag(), isClockSource: input.flag(),
      scaling: input.choice([nil, .svm, .vmx]))
    var tracker = TSCMatchingTracker(host: host, rules: rules)
    var now = TSCHostTime(instant: start, tsc: frequency.cycles(in: start.nanoseconds))
    while !input.isEmpty {
      let duration = input.number()
      now.instant = now.instant.adding(nanoseconds: duration)
      now.tsc &+= frequency.cycles(in: duration)
      let operation = tscOperation(&input)
      let before = tracker
      let decision: TSCDecision
      do throws(TSCMatchingError) { decision = try tracker.perform(at: now, operation) } catch {
        // KVM has loaded the vCPU, and may have noted the frequency, before it refuses that.
        guard case .setFrequency = operation else {
          try promise(tracker == before, "\(error), and yet something is changed")
          continue
        }
        continue
      }
      try promise(!"\(decision)".isEmpty, "a decision without text")
      try promise(
        decision.vcpuCount == tracker.state.vcpus.count
          && (0..<decision.vcpuCount).contains(decision.vcpu), "a decision of no vCPU")
    }
  }

  private static func tscOperation(_ input: inout FuzzInput) -> TSCOperation {
    let vcpu = input.index(below: 8)
    let value = input.number()
    return switch input.byte() % 9 {
    case 0: .createVCPU
    case 1: .hostWriteTSC(vcpu: vcpu, value)
    case 2: .hostWriteOffset(vcpu: vcpu, value)
    case 3: .hostWriteAdjust(vcpu: vcpu, value)
    case 4: .guestWriteTSC(vcpu: vcpu, value)
    case 5: .guestWriteAdjust(vcpu: vcpu, value)
    case 6: .setFrequency(vcpu: vcpu, kilohertz: UInt32(truncatingIfNeeded: value))
    case 7: .enterGuest(vcpu: vcpu)
    default: .exitGuest(vcpu: vcpu)
    }
  }

  static func seeds() -> [[UInt8]] {
    (0..<24).map { [UInt8($0 % 3)] + FuzzInput.pattern($0, count: 160) }
  }
}
