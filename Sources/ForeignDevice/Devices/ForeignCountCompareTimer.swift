internal import CForeignDevice
public import TimerModels

/// A foreign Count/Compare timer in the place of ours.
public struct ForeignCountCompareTimer: CountCompareInterface {
  private var device: ForeignState

  /// A timer that an adapter serves, as after reset at the origin of time.
  ///
  /// - Throws: ``AdapterError`` where it is something else.
  public init(_ adapter: Adapter) throws(AdapterError) {
    try adapter.demand(.countCompare)
    device = ForeignState(adapter, at: .origin, frequency: adapter.identity.frequency)
  }

  private init(_ device: ForeignState) { self.device = device }

  /// The same device after reset.
  public func restarted(at now: Instant, frequency: CountFrequency) -> Self {
    Self(device.restarted(at: now, frequency: frequency.hertz))
  }

  /// When the device wants to be woken.
  public var alarm: Instant? { device.alarm }

  /// Cause.TI on its line.
  public var interruptLine: Bool { device.lines & UInt32(SWVMM_LINE_TIMER) != 0 }

  /// Something woke the host.
  public mutating func wakeUp(at now: Instant) { _ = device.perform(at: now, .wakeUp) }

  /// Carries out one access of the guest.
  @discardableResult
  public mutating func perform(at now: Instant, guest access: CountCompareGuestAccess) -> UInt32 {
    UInt32(truncatingIfNeeded: device.perform(at: now, access.operation).value)
  }

  /// Carries out one access of the host.
  ///
  /// - Throws: ``CountCompareError`` where the device refused the value.
  @discardableResult
  public mutating func perform(
    at now: Instant, host access: CountCompareHostAccess
  ) throws(CountCompareError) -> UInt64 {
    let result = device.perform(at: now, access.operation)
    guard result.status != .done, device.adapter.failure == nil else { return result.value }
    throw Self.refusal(of: access, at: now)
  }

  // MARK: - For a search

  /// What a search looks at in every state.
  private static let sights = [hostRegister(SWVMM_HOST_COMPARE), hostRegister(SWVMM_HOST_CAUSE)]

  private func sight(_ index: Int) -> UInt32 {
    let sights = device.sights
    let value = index < sights.count ? sights[index] : device.peek(Self.sights[index])
    return UInt32(truncatingIfNeeded: value)
  }

  /// Compare, as the host reads it.
  public var compare: UInt32 { sight(0) }

  /// Cause.DC, as the host reads it.
  public var isDisabled: Bool { CP0Cause(rawValue: sight(1)).contains(.disableCount) }

  /// True: another process has the device.
  public static var isRemote: Bool { true }

  /// Has the adapter carry out all sequences in one request.
  public mutating func prepare(_ sequences: [[CountCompareStep]]) {
    device.prepare(
      sequences.map { sequence in sequence.map { TimedOperation(at: $0.now, $0.deviceOperation) } },
      sights: Self.sights)
  }

  /// Made of the saved state.
  public var fingerprint: UInt64 { device.fingerprint }

  /// Has the adapter move the device in time.
  public mutating func shift(by nanoseconds: UInt64, counts: UInt32) {
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
