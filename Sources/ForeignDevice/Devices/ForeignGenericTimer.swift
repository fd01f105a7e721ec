internal import CForeignDevice
public import TimerModels

/// A foreign generic timer in the place of ours.
public struct ForeignGenericTimer: GenericTimerInterface, Saveable {
  private var device: ForeignState

  /// A timer that an adapter serves, as after reset at the origin of time.
  ///
  /// - Throws: ``AdapterError`` where it is something else.
  public init(_ adapter: Adapter) throws(AdapterError) {
    try adapter.demand(.genericTimer)
    device = ForeignState(
      adapter, at: .origin, frequency: adapter.identity.frequency,
      watching: [GenericTimerRegister.frequency.deviceRegister])
  }

  private init(_ device: ForeignState) { self.device = device }

  /// The same device after reset.
  public func restarted(at now: Instant, frequency: CounterFrequency) -> Self {
    Self(device.restarted(at: now, frequency: UInt64(frequency.hertz)))
  }

  /// The device's saved state.
  public var state: DeviceState {
    get { device.saved }
    set { device.saved = newValue }
  }

  /// When the device wants to be woken.
  public var alarm: Instant? { device.alarm }

  /// Whether any output was high when last looked at.
  public var interruptLine: Bool { !outputs.isEmpty }

  /// The outputs as they were when last looked at.
  public var outputs: GenericTimerOutputs {
    var outputs: GenericTimerOutputs = []
    if device.lines & UInt32(SWVMM_LINE_VIRTUAL) != 0 { outputs.insert(.virtual) }
    if device.lines & UInt32(SWVMM_LINE_PHYSICAL) != 0 { outputs.insert(.physical) }
    return outputs
  }

  /// The outputs that are high, or both while the device wants to be woken.
  public func possibleOutputs(at now: Instant) -> GenericTimerOutputs {
    device.alarm == nil ? outputs : [.virtual, .physical]
  }

  /// Something woke the host.
  public mutating func wakeUp(at now: Instant) { _ = device.perform(at: now, .wakeUp) }

  /// Reads a register.
  public func read(at now: Instant, _ register: GenericTimerRegister) -> UInt64 {
    device.peek(at: now, register.deviceRegister)
  }

  /// The guest writes a register.
  public mutating func write(at now: Instant, _ register: GenericTimerRegister, _ value: UInt64) {
    _ = device.perform(at: now, .write(register.deviceRegister, value))
  }

  /// The host writes a register: CNTVOFF by its own, the others as the guest does.
  ///
  /// - Throws: `GenericTimerError.notWritable(_:)` where the device refused it.
  public mutating func hostWrite(
    at now: Instant, _ register: GenericTimerRegister, _ value: UInt64
  ) throws(GenericTimerError) {
    let result = device.perform(at: now, .write(register.deviceRegister, value))
    guard result.status == .done || device.adapter.failure != nil else {
      throw .notWritable(register)
    }
  }
}

extension ForeignGenericTimer: RemoteGenericTimer {
  /// Carries out a step on the device.
  public mutating func perform(_ step: GenericTimerStep) -> UInt64 {
    let result = device.perform(at: step.now, step.deviceOperation)
    guard case .move(let channel, let value) = step.operation, result.status != .done else {
      return result.value
    }
    // A device that cannot look away has a few states more.
    write(at: step.now, .compareValue(channel), value)
    return 0
  }

  /// Has the adapter carry out all sequences in one request.
  public mutating func prepare(_ sequences: [[GenericTimerStep]]) {
    device.prepare(
      sequences.map { steps in steps.map { TimedOperation(at: $0.now, $0.deviceOperation) } })
  }

  /// Made of the saved state.
  public var fingerprint: UInt64 { device.fingerprint }
}

extension GenericTimerStep {
  /// The operation on a foreign device that this step is.
  fileprivate var deviceOperation: DeviceOperation {
    switch operation {
    case .restart(let frequency): .reset(frequency: UInt64(frequency.hertz))
    case .read(let register): .read(register.deviceRegister)
    case .write(let register, let value): .write(register.deviceRegister, value)
    case .move(let channel, let value):
      .write(GenericTimerRegister.movedCompareValue(of: channel), value)
    case .wakeUp: .wakeUp
    // The counter is time itself, so that it goes back by as much.
    case .shift(let nanoseconds, let ticks): .shift(nanoseconds: nanoseconds, counts: 0 &- ticks)
    }
  }
}
