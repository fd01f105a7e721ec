internal import GuestImages

/// The device by which tests of a hypervisor, such as kvm-unit-tests, have accesses answered that are theirs
/// alone to check: memory behind ports and behind an address (`TestBoard` has the rest).
///
/// - Ports 0xe0 to 0xe3 read what was written, in accesses of 1, 2 and 4 bytes.
/// - 64 KiB from 0xff000000 on read what was written.
///
/// Bytes of an access beyond the end of a range read all ones, and are not stored.
public struct TestDevice: Hashable, Sendable {
  private var port: [UInt8]
  private var memory: [UInt8]

  /// The state after reset: all zero.
  public init() {
    port = [UInt8](repeating: 0, count: Int(PLATFORM_TEST_PORT_SIZE))
    memory = [UInt8](repeating: 0, count: Int(PLATFORM_TEST_MEMORY_SIZE))
  }

  /// A load from the port.
  public func readPort(_ access: BusAccess) -> Reply { Reply(Self.read(port, access)) }

  /// A store to the port.
  public mutating func writePort(_ value: UInt64, to access: BusAccess) {
    Self.write(value, to: access, &port)
  }

  /// A load from the memory.
  public func readMemory(_ access: BusAccess) -> UInt64 { Self.read(memory, access) }

  /// A store to the memory.
  public mutating func writeMemory(_ value: UInt64, to access: BusAccess) {
    Self.write(value, to: access, &memory)
  }

  private static func read(_ bytes: [UInt8], _ access: BusAccess) -> UInt64 {
    var value = UInt64.max
    for index in 0..<access.size where bytes.indices.contains(access.offset + index) {
      let shift = 8 * UInt64(index)
      value &= ~(0xff << shift)
      value |= UInt64(bytes[access.offset + index]) << shift
    }
    return value
  }

  private static func write(_ value: UInt64, to access: BusAccess, _ bytes: inout [UInt8]) {
    for index in 0..<access.size where bytes.indices.contains(access.offset + index) {
      bytes[access.offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
    }
  }
}

extension TestDevice: Checkpointed {
  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    for index in port.indices { try carrier.carry(&port[index]) }
    for index in memory.indices { try carrier.carry(&memory[index]) }
  }
}
