internal import GuestImages

/// The ACPI tables by which Linux finds processors, interrupt controllers and the serial port.
///
/// RSDP, FACS, DSDT, FADT, MADT and XSDT of ACPI 6.0, in this order in one area.
///
/// *Why not hardware-reduced:* that would mean that there are no legacy interrupts, and the PIT's and the
/// serial port's are such.
struct ACPITables: Hashable {
  /// Where the area begins, with the root pointer.
  let address: UInt64
  /// The tables, from there on.
  private(set) var bytes = [UInt8](repeating: 0, count: rootPointerSize)

  private static let rootPointerSize = 36
  private static let headerSize = 36

  /// Builds the tables.
  ///
  /// - Parameters:
  ///   - cpus: The number of vCPUs, whose local APICs have the ids from 0 on.
  ///   - area: Where they may be, below 4 GiB, from a multiple of 64 on.
  /// - Throws: ``ImageError/noRoomForTables(size:room:)`` where the area is too small.
  init(cpus: Int, in area: Range<UInt64>) throws(ImageError) {
    address = area.lowerBound
    let control = add(Self.firmwareControl, alignedTo: 64)
    let definitions = add(Self.table("DSDT", revision: 2, Self.definitions))
    let fixed = add(Self.fixedDescription(control: control, definitions: definitions))
    let controllers = add(Self.controllers(cpus: cpus))
    var entries: [UInt8] = []
    entries.append(number: fixed)
    entries.append(number: controllers)
    let root = add(Self.table("XSDT", revision: 1, entries))
    bytes.replaceSubrange(0..<Self.rootPointerSize, with: Self.rootPointer(to: root))
    guard bytes.count <= area.count else {
      throw .noRoomForTables(size: bytes.count, room: area.count)
    }
  }

  /// Adds a table.
  ///
  /// - Returns: Its address.
  private mutating func add(_ table: [UInt8], alignedTo alignment: Int = 16) -> UInt64 {
    let start = (bytes.count + alignment - 1) / alignment * alignment
    bytes += [UInt8](repeating: 0, count: start - bytes.count) + table
    return address + UInt64(start)
  }

  // MARK: The tables

  private static func rootPointer(to root: UInt64) -> [UInt8] {
    var bytes = Array("RSD PTR \0SWVMM \u{2}".utf8)
    bytes.append(number: UInt32(0))  // no RSDT, whose addresses have 32 bits
    bytes.append(number: UInt32(rootPointerSize))
    bytes.append(number: root)
    bytes += [0, 0, 0, 0]
    bytes[8] = checksum(bytes.prefix(20))  // of what ACPI 1.0 knew
    bytes[32] = checksum(bytes)
    return bytes
  }

  private static var firmwareControl: [UInt8] {
    var bytes = Array("FACS".utf8)
    bytes.append(number: UInt32(64))
    bytes += [UInt8](repeating: 0, count: 56)
    bytes[32] = 2  // version
    return bytes
  }

  /// What there is: the serial port, and the way to power off.
  static var definitions: [UInt8] {
    let off = AML.number(PCPorts.powerOffType)
    let zero = AML.number(0)
    return AML.name("_S5", AML.package([off, off, zero, zero]))
      + AML.scope(
        "_SB",
        AML.device(
          "COM1",
          AML.name("_HID", AML.identifier("PNP0501"))
            + AML.name("_UID", AML.number(1))
            + AML.name(
              "_CRS",
              AML.resources([
                AML.ports(
                  UInt16(PLATFORM_SERIAL_PORT), count: UInt8(PLATFORM_SERIAL_PORT_SIZE)),
                AML.interrupt(UInt16(PLATFORM_SERIAL_LINE)),
              ]))))
  }

  /// The FADT, by its offsets in ACPI 6.0, table 5-34.
  private static func fixedDescription(control: UInt64, definitions: UInt64) -> [UInt8] {
    var body = [UInt8](repeating: 0, count: 276 - headerSize)
    func put<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
      body.put(number, at: offset - headerSize)
    }
    put(UInt32(truncatingIfNeeded: control), at: 36)
    put(UInt32(truncatingIfNeeded: definitions), at: 40)
    put(systemControlLine, at: 46)
    put(UInt32(PCPorts.powerEvent), at: 56)
    put(UInt32(PCPorts.powerControl), at: 64)
    put(UInt8(4), at: 88)  // bytes of the event block, and of the control block
    put(UInt8(2), at: 89)
    put(UInt16(101), at: 96)  // more than 100 and 1000 us: no C2, no C3
    put(UInt16(1001), at: 98)
    // Devices of a PC (bit 0), no display (2), no RTC to set (5); bit 1 would be a keyboard controller.
    put(0x25 as UInt16, at: 109)
    // WBINVD (0), C1 (2), no fixed power and sleep buttons (4, 5), no RTC wake-up (6), a reset register (10).
    put(0x475 as UInt32, at: 112)
    body.replaceSubrange(
      116 - headerSize..<128 - headerSize, with: register(PCPorts.keyboardCommand, bits: 8))
    put(PCPorts.resetCommand, at: 128)
    put(definitions, at: 140)  // and of the FACS only the address of 32 bits, or it would be two
    body.replaceSubrange(
      148 - headerSize..<160 - headerSize, with: register(PCPorts.powerEvent, bits: 32))
    body.replaceSubrange(
      172 - headerSize..<184 - headerSize, with: register(PCPorts.powerControl, bits: 16))
    return table("FACP", revision: 6, body)
  }

  /// The MADT.
  private static func controllers(cpus: Int) -> [UInt8] {
    var body: [UInt8] = []
    body.append(number: UInt32(PLATFORM_LAPIC))
    body.append(number: UInt32(1))  // there are PICs
    for cpu in 0..<cpus {
      body += [0, 8, UInt8(cpu), UInt8(cpu), 1, 0, 0, 0]  // a local APIC, enabled
    }
    body += [1, 12, 0, 0]  // the IOAPIC, whose pins begin with interrupt 0
    body.append(number: UInt32(PLATFORM_IOAPIC))
    body.append(number: UInt32(0))
    body += [2, 10, 0, UInt8(systemControlLine)]  // that line of ISA's is a level, active high
    body.append(number: UInt32(systemControlLine))
    body.append(number: UInt16(0x000d))
    body += [4, 6, 0xff, 0, 0, 1]  // LINT1 of every local APIC is the NMI
    return table("APIC", revision: 3, body)
  }

  /// The line by which a PC's power management would interrupt; nothing here does.
  private static let systemControlLine: UInt16 = 9

  /// A generic address structure of ports.
  private static func register(_ port: UInt16, bits: UInt8) -> [UInt8] {
    var bytes: [UInt8] = [1, bits, 0, 0]
    bytes.append(number: UInt64(port))
    return bytes
  }

  /// A table with its header.
  private static func table(_ signature: String, revision: UInt8, _ body: [UInt8]) -> [UInt8] {
    var bytes = Array(signature.utf8)
    bytes.append(number: UInt32(headerSize + body.count))
    bytes += [revision, 0]
    bytes += "SWVMM SWVMM   ".utf8
    bytes.append(number: UInt32(1))
    bytes += "SWVM".utf8
    bytes.append(number: UInt32(1))
    bytes += body
    bytes[9] = checksum(bytes)
    return bytes
  }

  /// What makes the sum of all bytes 0.
  private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt8 {
    0 &- bytes.reduce(0, &+)
  }
}
