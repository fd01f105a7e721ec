internal import TimerModels

/// Random operations on a device of one kind, at the instants that matter to the model beside it.
///
/// It looks at our model alone, never at the foreign device: so a whole sequence is known before the first
/// of it is carried out, and the same seed makes the same sequence whatever the device answers.
struct OperationSource {
  private var random: SplitMix64
  private(set) var model: ModelDevice
  private var now: UInt64 = 0
  /// A controller's interrupts that were acknowledged and not ended, the last one last, by CPU.
  private var running: [[UInt64]] = [[], []]
  private let cpus: Int

  /// Begins with a device that was reset at the origin of time.
  init(seed: UInt64, kind: DeviceKinds, frequency: UInt64, cpus: Int) {
    random = SplitMix64(seed: seed)
    self.cpus = min(cpus, running.count)
    model = ModelDevice(kind, at: .origin, frequency: frequency, cpus: cpus)
  }

  /// The next operations, one or two, and what the model makes of each.
  mutating func next() -> [(operation: TimedOperation, right: DeviceResult)] {
    switch model.model {
    case .countCompare(let timer): return countCompare(timer)
    case .genericTimer(let timer): return genericTimer(timer)
    case .interruptController: return [perform(controllerOperation())]
    }
  }

  private mutating func perform(
    _ operation: DeviceOperation
  ) -> (operation: TimedOperation, right: DeviceResult) {
    let instant = Instant(nanoseconds: now)
    return (TimedOperation(at: instant, operation), model.perform(at: instant, operation))
  }

  /// Lets time pass, and wakes the device on the way if its alarm lies there and the host is not late.
  private mutating func pass(
    to target: UInt64, alarm: Instant?
  ) -> [(operation: TimedOperation, right: DeviceResult)] {
    var performed: [(operation: TimedOperation, right: DeviceResult)] = []
    if let alarm, alarm.nanoseconds <= target, random.next() % 8 != 0 {
      let lateness: UInt64 = random.pick([0, 0, 1, 10, 1000])
      now = min(target, max(now, alarm.nanoseconds) + lateness)
      performed.append(perform(.wakeUp))
    }
    now = max(now, target)
    return performed
  }

  // MARK: - Count/Compare

  private mutating func countCompare(
    _ timer: CountCompareTimer
  ) -> [(operation: TimedOperation, right: DeviceResult)] {
    let tick = max(1, 1_000_000_000 / timer.state.frequency.hertz)
    let wrap = timer.state.frequency.wrapNanoseconds
    let alarm = timer.alarm?.nanoseconds ?? now
    let target = random.pick([
      now, now, now + 1, now + tick, now + tick - 1, alarm &- 1, alarm, alarm, alarm + 1,
      alarm + tick, now + random.next() % (1 << 20), now + wrap / 4, now + wrap / 2,
    ])
    // No later than the host may be: a wrap and a quarter after the alarm or a stop.
    guard target >= now, target < 1 << 60 else { return countCompare(timer) }
    var performed = pass(to: target, alarm: timer.alarm)
    var reader = timer
    let count = reader.readCount(at: Instant(nanoseconds: now))
    let compare = timer.state.compare
    let near = random.pick([0, 1, 2, UInt32.max, 1 << 30, 1 << 31])
    let operation: DeviceOperation
    switch random.next() % 20 {
    case 0...4: operation = CountCompareGuestAccess.readCount.operation
    case 5: operation = CountCompareGuestAccess.readCycleCounter.operation
    case 6...8: operation = CountCompareGuestAccess.readCause.operation
    case 9: operation = CountCompareGuestAccess.readCompare.operation
    case 10...12: operation = CountCompareGuestAccess.writeCompare(count &+ near).operation
    case 13: operation = CountCompareGuestAccess.writeCompare(compare).operation
    case 14: operation = CountCompareGuestAccess.writeCount(compare &- near).operation
    case 15:
      let cause = random.pick([CP0Cause.disableCount.rawValue, 0, 0, .max])
      operation = CountCompareGuestAccess.writeCause(cause).operation
    default: operation = hostAccess(timer, count: count, near: near).operation
    }
    performed.append(perform(operation))
    return performed
  }

  private mutating func hostAccess(
    _ timer: CountCompareTimer, count: UInt32, near: UInt32
  ) -> CountCompareHostAccess {
    let resume = timer.state.resumeTime.nanoseconds
    return random.pick([
      .writeControl(1), .writeControl(0), .writeControl(0), .writeControl(2),
      .writeCompare(count &+ near), .writeCount(timer.state.compare &- near), .readControl,
      .writeCause(CP0Cause.timerInterrupt.rawValue), .writeCause(0), .writeResume(now),
      .writeResume(min(now, resume + 10)), .writeResume(now + 1), .readFrequency,
      .writeFrequency(random.pick([100_000_000, 300_000_000, 1_000_000_000, 1, 0])),
    ])
  }

  // MARK: - Generic timer

  private mutating func genericTimer(
    _ timer: GenericTimer
  ) -> [(operation: TimedOperation, right: DeviceResult)] {
    let tick = max(1, 1_000_000_000 / UInt64(timer.registers.frequency.hertz))
    let alarm = timer.alarm?.nanoseconds ?? now
    let target = random.pick([
      now, now, now + 1, now + tick, alarm &- 1, alarm, alarm + 1, alarm + tick,
      now + random.next() % (1 << 20),
    ])
    guard target >= now, target < 1 << 60 else { return genericTimer(timer) }
    var performed = pass(to: target, alarm: timer.alarm)
    let channel = random.pick([GenericTimerChannel.virtual, .virtual, .physical])
    let count = timer.counter(at: Instant(nanoseconds: now), of: channel)
    let near = random.pick([0, 1, 2, UInt64.max, 1000, 1 << 32, 1 << 63])
    let read = random.next() % 2 == 0
    if read {
      let register = random.pick(GenericTimerRegister.all)
      performed.append(perform(.read(register.deviceRegister)))
    } else {
      let written: (GenericTimerRegister, UInt64) = random.pick([
        (.control(channel), 1), (.control(channel), 1), (.control(channel), 3),
        (.control(channel), 0), (.control(channel), .max), (.compareValue(channel), count &+ near),
        (.compareValue(channel), count &+ near), (.timerValue(channel), near & 0xffff_ffff),
        (.compareValue(channel), random.pick([0, .max])), (.virtualOffset, random.next() % 4096),
      ])
      performed.append(perform(.write(written.0.deviceRegister, written.1)))
    }
    return performed
  }

  // MARK: - Interrupt controller

  private mutating func controllerOperation() -> DeviceOperation {
    let cpu = Int(random.next() % UInt64(cpus))
    let id = random.pick([1, 2, 27, 30, 33, 40])
    let word = UInt32(id / 32 * 4)
    let bit = UInt64(1) << UInt64(id % 32)
    func distributor(_ offset: Int, _ size: UInt8 = 4) -> DeviceRegister {
      DeviceRegister(.distributor, UInt32(offset), size: size, cpu: UInt8(cpu))
    }
    func interface(_ offset: Int) -> DeviceRegister {
      DeviceRegister(.cpuInterface, UInt32(offset), size: 4, cpu: UInt8(cpu))
    }
    switch random.next() % 24 {
    case 0...3 where id >= 16:
      return .setLine(UInt32(id), cpu: UInt8(cpu), level: random.next() % 2 == 0)
    case 4...6:
      var copy = model
      let value = copy.perform(at: .origin, .read(interface(GICC.iar))).value
      if value & 0x3ff < 1020 { running[cpu].append(value) }
      return .read(interface(GICC.iar))
    case 7...9:
      guard let last = running[cpu].popLast() else { return .read(interface(GICC.rpr)) }
      return .write(interface(GICC.eoir), last)
    case 10: return .write(distributor(GICD.isenabler + Int(word)), bit)
    case 11 where id >= 16: return .write(distributor(GICD.icenabler + Int(word)), bit)
    case 12 where id >= 16: return .write(distributor(GICD.ispendr + Int(word)), bit)
    case 13 where id >= 16: return .write(distributor(GICD.icpendr + Int(word)), bit)
    case 14:
      return .write(
        distributor(GICD.ipriorityr + id, 1), UInt64(random.pick([0, 0x20, 0x80, 0xa0, 0xf0])))
    case 15 where id >= 32:
      return .write(distributor(GICD.itargetsr + id, 1), UInt64(1 << cpu))
    case 16 where id >= 32:
      return .write(
        distributor(GICD.icfgr + id / 16 * 4), random.pick([0, 2 << UInt64(id % 16 * 2)]))
    case 17: return .write(distributor(GICD.sgir), UInt64(1 << (16 + cpu) | id % 16))
    case 18: return .write(interface(GICC.pmr), UInt64(random.pick([0xff, 0xf0, 0x80, 0])))
    case 19: return .write(interface(GICC.ctlr), UInt64(random.pick([1, 1, 1, 0])))
    case 20: return .write(distributor(GICD.ctlr), UInt64(random.pick([1, 1, 1, 0])))
    case 21: return .read(distributor(GICD.ispendr + Int(word)))
    case 22: return .read(distributor(GICD.isactiver + Int(word)))
    default: return .read(distributor(GICD.isenabler + Int(word)))
    }
  }
}
