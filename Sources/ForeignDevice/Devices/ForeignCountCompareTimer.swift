internal import CForeignDevice
public import TimerModels

/// A foreign Count/Compare timer in the place of ours.
public struct ForeignCountCompareTimer: CountCompareInterface, Saveable {
  private var device: ForeignState

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
    other.device = device.restarted(at: now, frequency: frequency.hertz)
    return other
  }

  /// The device's saved state.
  public var state: DeviceState {
    get { device.saved }
    set { device.saved = newValue }
  }

  /// When the device wants to be woken.
  public var alarm: Instant? { device.alarm }

  /// Cause.TI on its line.
  public var interruptLine: Bool { device.lines & UInt32(SWVMM_LINE_TIMER) != 0 }

  /// Something woke the host.
  public mutating func wakeUp(at now: Instant) {
    _ = device.perform(at: now, .wakeUp)
  }

  /// Carries out one access of the guest.
  @discardableResult
  public mutating func perform(at now: Instant, guest access: CountCompareGuestAccess) -> UInt32 {
    UInt32(truncatingIfNeeded: device.perform(at: now, access.operation).value)
  }

  /// Carries out one access of the host.
  ///
  /// - Throws: `CountCompareError` where the device refused the value.
  @discardableResult
  public mutating func perform(
    at now: Instant, host access: CountCompareHostAccess
  ) throws(CountCompareError) -> UInt64 {
    let result = device.perform(at: now, access.operation)
    guard result.status != .done, device.adapter.failure == nil else { return result.value }
    throw access.refusal(at: now)
  }

  /// Compare, as the host reads it.
  public var compare: UInt32 { UInt32(truncatingIfNeeded: device.sight(0)) }

  /// Cause as the host reads it, but TI and IP7 as the line is: that is what interrupts.
  public var cause: CP0Cause {
    let interrupt: CP0Cause = [.timerInterrupt, .pending7]
    let cause = CP0Cause(rawValue: UInt32(truncatingIfNeeded: device.sight(1)))
    return interruptLine ? cause.union(interrupt) : cause.subtracting(interrupt)
  }

  /// Made of the saved state.
  public var fingerprint: UInt64 { device.fingerprint }

  /// Has the adapter move the device in time.
  public mutating func shift(at now: Instant, by nanoseconds: UInt64, counts: UInt32) {
    device.shift(at: now, by: nanoseconds, counts: UInt64(counts))
  }

  private static func hostRegister(_ offset: Int32) -> DeviceRegister {
    DeviceRegister(.timerHost, UInt32(offset), size: 8)
  }
}
