import TestSupport
import TimerModels

/// One random life of a timer, led by a model and the ideal together.
struct GenericTimerScript<Timer: GenericTimerRules> {
  var random: SplitMix64
  var now: UInt64
  var timer: Timer
  var ideal: IdealGenericTimer
  /// What was done, for the message of a failure.
  var log: [String] = []
  /// How often an output was seen to have risen.
  var rises = 0

  private var instant: Instant { Instant(nanoseconds: now) }

  init(seed: UInt64) throws {
    random = SplitMix64(seed: seed)
    let frequency = try CounterFrequency.random(&random)
    now = random.next() % 4 == 0 ? 0 : UInt64.randomMagnitude(&random)
    timer = Timer(at: Instant(nanoseconds: now), frequency: frequency)
    ideal = IdealGenericTimer(hertz: frequency.hertz)
    ideal.offset = UInt64(ideal.physicalCount(now))
    log.append("start at \(now) with \(frequency.hertz) Hz")
  }

  /// Runs `steps` random steps; the answer is what went wrong first, or nil.
  mutating func run(steps: Int) throws -> String? {
    for _ in 0..<steps {
      let before = (0...1).map { ideal.output(now, $0) }
      passTime()
      rises += (0...1).count { !before[$0] && ideal.output(now, $0) }
      if let problem = look() { return problem }
      try operate()
      if let problem = check() { return problem }
    }
    return nil
  }

  private mutating func passTime() {
    let step: UInt64
    switch random.next() % 4 {
    case 0: step = random.next() % 50
    case 1: step = UInt64.randomMagnitude(&random) >> 20
    default:
      // To the next alarm, just before it or just after it.
      let alarm = ideal.nextRise(after: now) ?? now
      step = (alarm - now) &+ random.next() % 3 &- 1
    }
    if step < UInt64.max >> 1, UInt64.max - now >= step { now += step }
    log.append("now \(now)")
  }

  /// A wake-up at any time, alarm or not, shows nothing to anybody but the driver.
  private mutating func look() -> String? {
    guard random.next() % 2 == 0 else {
      timer.settle(at: instant)
      return check()
    }
    let before = visible
    timer.wakeUp(at: instant)
    return visible == before ? check() : "the wake-up changed \(before) to \(visible)"
  }

  /// All that can be read, and all that a checkpoint saves.
  private var visible: [UInt64] {
    let registers = timer.registers
    return GenericTimerChannel.allCases.flatMap { channel in
      [.counter(channel), .control(channel), .compareValue(channel), .timerValue(channel)]
        .map { timer.read(at: instant, $0) }
        + [UInt64(registers[channel].control.rawValue), registers[channel].compareValue]
    } + [timer.read(at: instant, .virtualOffset), timer.read(at: instant, .frequency)]
  }

  private func check() -> String? {
    for (index, channel) in GenericTimerChannel.allCases.enumerated() {
      let expected: [(GenericTimerRegister, UInt64)] = [
        (.counter(channel), ideal.count(now, index)),
        (.control(channel), ideal.control(now, index)),
        (.compareValue(channel), ideal.channels[index].compare),
        (.timerValue(channel), ideal.timerValue(now, index)),
        (.virtualOffset, ideal.offset),
        (.frequency, UInt64(ideal.hertz)),
      ]
      for (register, value) in expected where timer.read(at: instant, register) != value {
        return "\(register) is \(timer.read(at: instant, register)), not \(value)"
      }
      let output = ideal.output(now, index)
      if timer.output(at: instant, of: channel) != output { return "\(channel) is not \(output)" }
      if timer.outputs.contains(GenericTimerOutputs(channel)) != output {
        return "the \(channel) output was not seen to be \(output)"
      }
    }
    let rise = ideal.nextRise(after: now)
    guard timer.alarm?.nanoseconds == rise else {
      return "the alarm is at \(String(describing: timer.alarm)), not \(String(describing: rise))"
    }
    return timer.interruptLine == (ideal.output(now, 0) || ideal.output(now, 1)) ? nil : "the line"
  }

  private mutating func operate() throws {
    let index = Int(random.next() % 2)
    let channel = GenericTimerChannel.allCases[index]
    switch random.next() % 10 {
    case 0, 1, 2: writeControl(channel, index)
    case 3, 4: writeCompare(channel, index)
    case 5, 6:
      let value = UInt32(truncatingIfNeeded: UInt64.randomMagnitude(&random))
      timer.write(at: instant, .timerValue(channel), UInt64(value) | random.next() << 32)
      ideal.writeTimerValue(now, index, value)
      log.append("\(channel) TVAL = \(value)")
    case 7: try writeOffset()
    case 8:
      // A checkpoint: all is forgotten but the registers.
      timer = Timer(at: instant, registers: timer.registers)
      log.append("checkpoint")
    default: try writeWhatIsRefused(channel)
    }
  }

  private mutating func writeControl(_ channel: GenericTimerChannel, _ index: Int) {
    if random.next() % 8 == 0 {
      timer.reset(at: instant)
      for index in 0...1 {
        (ideal.channels[index].isEnabled, ideal.channels[index].isMasked) = (false, false)
      }
      log.append("reset")
      return
    }
    let value = random.next() % 3 == 0 ? random.next() : 1
    timer.write(at: instant, .control(channel), value)
    ideal.channels[index].isEnabled = value % 2 == 1
    ideal.channels[index].isMasked = value / 2 % 2 == 1
    log.append("\(channel) CTL = \(value)")
  }

  private mutating func writeCompare(_ channel: GenericTimerChannel, _ index: Int) {
    let value: UInt64
    switch random.next() % 4 {
    case 0: value = ideal.count(now, index) &+ random.next() % 5 &- 2
    case 1: value = ideal.count(now, index) &+ random.next() % 100_000
    case 2: value = [0, 1, .max, 1 << 63].randomElement(using: &random) ?? 0
    default: value = UInt64.randomMagnitude(&random)
    }
    timer.write(at: instant, .compareValue(channel), value)
    ideal.channels[index].compare = value
    log.append("\(channel) CVAL = \(value)")
  }

  private mutating func writeOffset() throws {
    let value = UInt64.randomMagnitude(&random)
    switch random.next() % 3 {
    case 0:
      try timer.hostWrite(at: instant, .counter(.virtual), value)
      ideal.offset = UInt64((ideal.physicalCount(now) + (1 << 64) - UInt128(value)) % (1 << 64))
    case 1:
      // So that the virtual count wraps soon.
      ideal.offset = UInt64(ideal.physicalCount(now) % (1 << 64)) &+ random.next() % 1000
      try timer.hostWrite(at: instant, .virtualOffset, ideal.offset)
    default:
      ideal.offset = value
      try timer.hostWrite(at: instant, .virtualOffset, value)
    }
    log.append("CNTVOFF = \(ideal.offset)")
  }

  /// Writes that are ignored or refused; what they must not change is checked afterwards.
  private mutating func writeWhatIsRefused(_ channel: GenericTimerChannel) throws {
    let value = random.next()
    timer.write(at: instant, .frequency, value)
    timer.write(at: instant, .counter(channel), value)
    timer.write(at: instant, .virtualOffset, value)
    log.append("ignored writes")
    do {
      try timer.hostWrite(at: instant, .control(channel), value | 8)
    } catch .reservedControlBits(value | 8) {
      return
    }
    throw GenericTimerError.reservedControlBits(value)
  }
}
