internal import CForeignDevice
public import TimerModels

/// One of our models as a foreign device: the yardstick of a duel, and what `swvmm device serve` serves.
public struct ModelDevice: Hashable, Sendable {
  /// The model.
  enum Model: Hashable, Sendable {
    case countCompare(CountCompareTimer)
    case genericTimer(GenericTimer)
    case interruptController(InterruptController)
  }

  var model: Model

  /// A model of one kind, as after reset.
  ///
  /// - Parameters:
  ///   - kind: One of the three kinds.
  ///   - now: The instant of the reset.
  ///   - frequency: Of a timer, in ticks per second; the model's default where that is not a frequency.
  ///   - cpus: For how many CPUs a controller is, 1 to 8.
  public init(_ kind: DeviceKinds, at now: Instant, frequency: UInt64 = 0, cpus: Int = 1) {
    switch kind {
    case .countCompare:
      let frequency = (try? CountFrequency(hertz: frequency)) ?? .default
      model = .countCompare(CountCompareTimer(at: now, frequency: frequency))
    case .genericTimer:
      let frequency = (try? CounterFrequency(hertz: frequency)) ?? .default
      model = .genericTimer(GenericTimer(at: now, frequency: frequency))
    case .interruptController:
      model = .interruptController(InterruptController(cpuCount: cpus))
    default: preconditionFailure("a model is of one kind")
    }
  }

  /// Carries out an operation.
  ///
  /// - Returns: What it came to; ``DeviceResult/Status/unsupported`` where the kind has no such operation.
  public mutating func perform(at now: Instant, _ operation: DeviceOperation) -> DeviceResult {
    let value: UInt64
    let status: DeviceResult.Status
    let alarm: Instant?
    switch model {
    case .countCompare(var timer):
      (value, status) = Self.perform(at: now, operation, on: &timer)
      (model, alarm) = (.countCompare(timer), timer.alarm)
    case .genericTimer(var timer):
      (value, status) = Self.perform(at: now, operation, on: &timer)
      (model, alarm) = (.genericTimer(timer), timer.alarm)
    case .interruptController(var controller):
      (value, status) = Self.perform(operation, on: &controller)
      (model, alarm) = (.interruptController(controller), nil)
    }
    return DeviceResult(value: value, alarm: alarm, lines: lines, status: status)
  }

  /// The levels of the outputs as they were when the model last looked, as the header has them.
  var lines: UInt32 {
    switch model {
    case .countCompare(let timer): timer.interruptLine ? UInt32(SWVMM_LINE_TIMER) : 0
    case .genericTimer(let timer):
      (timer.outputs.contains(.virtual) ? UInt32(SWVMM_LINE_VIRTUAL) : 0)
        | (timer.outputs.contains(.physical) ? UInt32(SWVMM_LINE_PHYSICAL) : 0)
    case .interruptController(let controller):
      (0..<controller.state.cpuCount).reduce(0) {
        controller.irqOutput(cpu: $1) ? $0 | 1 << UInt32(8 + $1) : $0
      }
    }
  }

  private typealias Value = (UInt64, DeviceResult.Status)

  private static func perform(
    at now: Instant, _ operation: DeviceOperation, on timer: inout CountCompareTimer
  ) -> Value {
    if let access = CountCompareGuestAccess(operation) {
      return (UInt64(timer.perform(at: now, guest: access)), .done)
    }
    if let access = CountCompareHostAccess(operation) {
      do throws(CountCompareError) {
        return (try timer.perform(at: now, host: access), .done)
      } catch {
        return (0, .refused)
      }
    }
    switch operation {
    case .reset(let hertz):
      let frequency = (try? CountFrequency(hertz: hertz)) ?? .default
      timer = CountCompareTimer(at: now, frequency: frequency)
    case .wakeUp: timer.wakeUp(at: now)
    case .shift(let nanoseconds, let counts):
      // Nothing may come to lie before the origin of time.
      guard !timer.state.isArmed || nanoseconds <= timer.state.expires,
        !timer.state.isMasterDisabled || nanoseconds <= timer.state.resumeTime.nanoseconds
      else { return (0, .refused) }
      timer.shift(at: now, by: nanoseconds, counts: UInt32(truncatingIfNeeded: counts))
    default: return (0, .unsupported)
    }
    return (0, .done)
  }

  private static func perform(
    at now: Instant, _ operation: DeviceOperation, on timer: inout GenericTimer
  ) -> Value {
    switch operation {
    case .reset(let hertz):
      let frequency = (try? CounterFrequency(hertz: hertz)) ?? .default
      timer = GenericTimer(at: now, frequency: frequency)
    case .read(let register):
      guard let register = GenericTimerRegister(register) else { return (0, .unsupported) }
      return (timer.read(at: now, register), .done)
    case .write(let place, let value):
      for channel in GenericTimerChannel.allCases
      where place == GenericTimerRegister.movedCompareValue(of: channel) {
        timer.move(at: now, channel, value)
        return (0, .done)
      }
      guard let register = GenericTimerRegister(place) else { return (0, .unsupported) }
      guard place.space == .genericTimerHost else {
        timer.write(at: now, register, value)
        return (0, .done)
      }
      do throws(GenericTimerError) { try timer.hostWrite(at: now, register, value) } catch {
        return (0, .refused)
      }
    case .wakeUp: timer.wakeUp(at: now)
    case .shift(let nanoseconds, _):
      guard nanoseconds <= now.nanoseconds else { return (0, .refused) }
      timer.shift(at: now, by: nanoseconds)
    case .setLine: return (0, .unsupported)
    }
    return (0, .done)
  }

  private static func perform(
    _ operation: DeviceOperation, on controller: inout InterruptController
  ) -> Value {
    let cpus = controller.state.cpuCount
    switch operation {
    case .reset: controller = InterruptController(cpuCount: cpus)
    case .read(let register):
      guard let frame = register.frame, register.cpu < cpus else { return (0, .unsupported) }
      let value = controller.read(
        frame, offset: Int(register.offset), size: Int(register.size), cpu: Int(register.cpu))
      return (UInt64(value), .done)
    case .write(let register, let value):
      guard let frame = register.frame, register.cpu < cpus else { return (0, .unsupported) }
      controller.write(
        frame, offset: Int(register.offset), size: Int(register.size),
        value: UInt32(truncatingIfNeeded: value), cpu: Int(register.cpu))
    case .setLine(let id, let cpu, let level):
      guard (16..<UInt32(InterruptControllerState.interruptCount)).contains(id), cpu < cpus else {
        return (0, .unsupported)
      }
      controller.setLine(Int(id), cpu: Int(cpu), level: level)
    case .wakeUp: break
    case .shift: return (0, .unsupported)
    }
    return (0, .done)
  }
}

extension GenericTimer {
  /// Moves the timer back in time by a whole number of ticks; a condition that is met stays met, and since when
  /// an alarm is due has no meaning.
  fileprivate mutating func shift(at now: Instant, by nanoseconds: UInt64) {
    let ticks = registers.frequency.ticks(at: Instant(nanoseconds: nanoseconds))
    for channel in GenericTimerChannel.allCases {
      registers[channel].compareValue -= min(registers[channel].compareValue, ticks)
    }
    alarm = alarm.map { Instant(nanoseconds: max($0, now).nanoseconds - nanoseconds) }
  }
}

extension GenericTimer {
  /// Moves CVAL; what is due stays so, and what is not yet looked at, too.
  fileprivate mutating func move(at now: Instant, _ channel: GenericTimerChannel, _ value: UInt64) {
    registers[channel].compareValue = value
    if let alarm, alarm <= now { return }
    alarm = GenericTimerChannel.allCases.compactMap { nextRise(after: now, of: $0) }.min()
  }
}

extension DeviceRegister {
  /// The frame of a controller that it is in, or nil.
  fileprivate var frame: InterruptControllerFrame? {
    switch space {
    case .distributor: .distributor
    case .cpuInterface: .cpuInterface
    case .timer, .timerHost, .genericTimer, .genericTimerHost: nil
    }
  }
}
