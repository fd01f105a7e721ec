internal import GuestImages
internal import KVM
internal import LinuxHost

/// The test device in its places, and the interrupt lines that a test drives by ports.
///
/// A store to port 0x2000 + n drives line n: high unless the value is 0. Devices of the platform share the
/// lines; the last to drive one decides.
final class TestBoard: Sendable {
  private struct State: Sendable {
    var device = TestDevice()
    /// Bit n: line n is high, as far as this drives it.
    var levels: UInt32 = 0
  }

  private let state = Lock(State())
  private let lines: (any InterruptSink)?

  /// - Parameter lines: Where interrupt lines lead.
  init(lines: (any InterruptSink)?) { self.lines = lines }

  private static let ports =
    Int(PLATFORM_TEST_PORT)..<Int(PLATFORM_TEST_PORT + PLATFORM_TEST_PORT_SIZE)
  private static let linePorts =
    Int(PLATFORM_TEST_LINES)..<Int(PLATFORM_TEST_LINES + PLATFORM_LINES)
  private static let memory =
    UInt64(PLATFORM_TEST_MEMORY)..<UInt64(PLATFORM_TEST_MEMORY) + UInt64(PLATFORM_TEST_MEMORY_SIZE)

  /// A load from a port.
  ///
  /// - Returns: The value; nil for a port of something else.
  func readPort(_ port: UInt16, size: Int) -> Reply? {
    guard Self.ports.contains(Int(port)) else { return nil }
    let access = BusAccess(offset: Int(port) - Self.ports.lowerBound, size: size)
    return state.withLock { $0.device.readPort(access) }
  }

  /// A store to a port.
  ///
  /// - Returns: What follows from it; nil for a port of something else.
  /// - Throws: ``KVMError/failed(_:)`` where an interrupt line cannot be driven.
  func writePort(_ value: UInt32, to port: UInt16, size: Int) throws(KVMError) -> Effect? {
    let port = Int(port)
    if Self.ports.contains(port) {
      let access = BusAccess(offset: port - Self.ports.lowerBound, size: size)
      state.withLock { $0.device.writePort(UInt64(value), to: access) }
    } else if Self.linePorts.contains(port) {
      try setLine(port - Self.linePorts.lowerBound, isHigh: value != 0)
    } else if port == Int(PLATFORM_TEST_DROP_PAGE) {
      return .dropPage(address: UInt64(value))
    } else {
      return nil
    }
    return Effect.none
  }

  /// Driven under the lock, so that changes reach the lines in their order.
  private func setLine(_ line: Int, isHigh: Bool) throws(KVMError) {
    try state.withLock { (state: inout State) throws(KVMError) in
      let levels = isHigh ? state.levels | 1 << line : state.levels & ~(1 << line)
      guard levels != state.levels else { return }
      state.levels = levels
      try drive(lines, line, isHigh: isHigh)
    }
  }

  /// A load from memory.
  ///
  /// - Returns: The value; nil for an address of something else.
  func readMemory(_ address: UInt64, size: Int) -> UInt64? {
    guard Self.memory.contains(address) else { return nil }
    return state.withLock { $0.device.readMemory(Self.access(address, size)) }
  }

  /// A store to memory.
  ///
  /// - Returns: Whether the address is the device's.
  func writeMemory(_ value: UInt64, to address: UInt64, size: Int) -> Bool {
    guard Self.memory.contains(address) else { return false }
    state.withLock { $0.device.writeMemory(value, to: Self.access(address, size)) }
    return true
  }

  // MARK: For a machine that is paused

  /// Says the levels of the lines that this holds high, to a sink that does not remember them.
  func repeatLevels() throws(KVMError) {
    let levels = state.withLock { $0.levels }
    for line in 0..<Int(PLATFORM_LINES) where levels >> UInt32(line) & 1 == 1 {
      try drive(lines, line, isHigh: true)
    }
  }

  /// Carries the device's state, and the lines that it holds high.
  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try state.withLock { (state: inout State) throws(Carrier.Failure) in
      try state.device.carry(by: &carrier)
      try carrier.carry(&state.levels)
      try carrier.require(
        state.levels >> UInt32(PLATFORM_LINES) == 0, "the test device drives line 24 or above")
    }
  }

  /// Keeps the state; the levels of the lines are in what they lead to.
  ///
  /// - Returns: What brings it back.
  func keep() -> KeptState {
    let kept = state.withLock { $0 }
    return KeptState { [self] in state.withLock { $0 = kept } }
  }

  private static func access(_ address: UInt64, _ size: Int) -> BusAccess {
    BusAccess(offset: Int(address - memory.lowerBound), size: size)
  }
}
