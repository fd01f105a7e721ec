internal import CForeignDevice
public import TimerModels

/// A foreign Count/Compare timer in the place of ours.
public struct ForeignCountCompareTimer: CountCompareInterface, Saveable {
  private var device: ForeignState
  /// Nothing is moved where the device can be shifted.
  private var frame = CountCompareFrame()

  /// A timer that an adapter serves, as after reset at the origin of time.
  ///
  /// - Throws: ``AdapterError`` where it is something else.
  public init(_ adapter: Adapter) throws(AdapterError) {
    try adapter.demand(.countCompare)
    device = ForeignState(
      adapter, at: .origin, frequency: adapter.identity.frequency,
      watching: [SWVMM_HOST_COMPARE, SWVMM_HOST_CAUSE].map(Self.hostRegister))
  }

  /// The same device after reset.
  public func restarted(at now: Instant, frequency: CountFrequency) -> Self {
    var other = self
    other.frame.restart()
    other.device = device.restarted(at: frame.instant(now), frequency: frequency.hertz)
    return other
  }

  /// The device's saved state.
  public var state: DeviceState {
    get { device.saved }
    set { device.saved = newValue }
  }

  /// When the device wants to be woken.
  public var alarm: Instant? { frame.alarm(device.alarm) }

  /// Cause.TI on its line.
  public var interruptLine: Bool { device.lines & UInt32(SWVMM_LINE_TIMER) != 0 }

  /// Something woke the host.
  public mutating func wakeUp(at now: Instant) {
    _ = device.perform(at: frame.instant(now), .wakeUp)
  }

  /// Carries out one access of the guest.
  @discardableResult
  public mutating func perform(at now: Instant, guest access: CountCompareGuestAccess) -> UInt32 {
    let result = device.perform(at: frame.instant(now), frame.access(access).operation)
    return UInt32(truncatingIfNeeded: frame.value(result.value, of: access))
  }

  /// Carries out one access of the host.
  ///
  /// - Throws: `CountCompareError` where the device refused the value.
  @discardableResult
  public mutating func perform(
    at now: Instant, host access: CountCompareHostAccess
  ) throws(CountCompareError) -> UInt64 {
    let result = device.perform(at: frame.instant(now), frame.access(access).operation)
    guard result.status != .done, device.adapter.failure == nil else {
      return frame.value(result.value, of: access)
    }
    throw Self.refusal(of: access, at: now)
  }

  /// Compare, as the host reads it.
  public var compare: UInt32 { UInt32(truncatingIfNeeded: frame.count(device.sight(0))) }

  /// Cause as the host reads it, but TI and IP7 as the line is: that is what interrupts.
  public var cause: CP0Cause {
    let interrupt: CP0Cause = [.timerInterrupt, .pending7]
    let cause = CP0Cause(rawValue: UInt32(truncatingIfNeeded: device.sight(1)))
    return interruptLine ? cause.union(interrupt) : cause.subtracting(interrupt)
  }

  // MARK: - For a search

  /// True: another process has the device.
  public static var isRemote: Bool { true }

  /// Has the adapter carry out all sequences in one request.
  public mutating func prepare(_ sequences: [[CountCompareStep]]) {
    device.prepare(
      sequences.compactMap { sequence in
        var frame = frame
        let operations = sequence.compactMap { operation(of: $0, &frame) }
        return operations.isEmpty ? nil : operations
      })
  }

  /// What a step is on the device; nil where that need not hear of it.
  private func operation(
    of step: CountCompareStep, _ frame: inout CountCompareFrame
  ) -> TimedOperation? {
    var step = step
    step.now = frame.instant(step.now)
    switch step.operation {
    case .guest(let access): step.operation = .guest(frame.access(access))
    case .host(let access): step.operation = .host(frame.access(access))
    case .restart: frame.restart()
    case .shift(let nanoseconds, let counts) where !device.adapter.identity.canShift:
      frame.shift(by: nanoseconds, counts: counts)
      return nil
    case .wakeUp, .shift: break
    }
    return TimedOperation(at: step.now, step.deviceOperation)
  }

  /// Made of the saved state.
  public var fingerprint: UInt64 { device.fingerprint }

  /// Has the adapter move the device in time.
  public mutating func shift(by nanoseconds: UInt64, counts: UInt32) {
    guard device.adapter.identity.canShift else {
      return frame.shift(by: nanoseconds, counts: counts)
    }
    device.shift(by: nanoseconds, counts: UInt64(counts))
  }

  private static func hostRegister(_ offset: Int32) -> DeviceRegister {
    DeviceRegister(.timerHost, UInt32(offset), size: 8)
  }

  /// Why a right timer would have refused; a device that refused for less has its own reasons.
  private static func refusal(
    of access: CountCompareHostAccess, at now: Instant
  ) -> CountCompareError {
    switch access {
    case .writeControl(let value): .reservedControlBits(value)
    case .writeResume(let value): .resumeInFuture(Instant(nanoseconds: value), now: now)
    case .writeFrequency(let value): .invalidFrequency(hertz: value)
    default: .reservedControlBits(0)
    }
  }
}
