import TestSupport
import Testing

@testable import VMM

@Suite("ACPI tables")
struct ACPITests {
  private static let area: Range<UInt64> = 0xe0000..<0x10_0000

  private struct Tables {
    let tables: ACPITables

    func number(_ address: UInt64, _ size: Int) -> UInt64 {
      let at = Int(address - tables.address)
      return (0..<size).reduce(0) { $0 | UInt64(tables.bytes[at + $1]) << (8 * UInt64($1)) }
    }

    func bytes(_ address: UInt64, _ count: Int) -> [UInt8] {
      Array(tables.bytes[Int(address - tables.address)...].prefix(count))
    }

    /// The table at an address, if its sum is 0.
    func table(_ address: UInt64, _ signature: String) -> [UInt8]? {
      let table = bytes(address, Int(number(address + 4, 4)))
      guard table.starts(with: signature.utf8), table.reduce(0, &+) == 0 else { return nil }
      return table
    }
  }

  @Test("every table is found from the root, and its sum is 0", arguments: [1, 2, 16])
  func chain(cpus: Int) throws {
    let tables = Tables(tables: try ACPITables(cpus: cpus, in: Self.area))
    let start = Self.area.lowerBound
    #expect(tables.bytes(start, 8) == Array("RSD PTR ".utf8))
    #expect(tables.bytes(start, 20).reduce(0, &+) == 0)
    #expect(tables.bytes(start, 36).reduce(0, &+) == 0)
    let root = tables.number(start + 24, 8)
    #expect(try #require(tables.table(root, "XSDT")).count == 36 + 16)
    let fixed = tables.number(root + 36, 8)
    #expect(try #require(tables.table(fixed, "FACP")).count == 276)
    #expect(tables.number(fixed + 40, 4) == tables.number(fixed + 140, 8))
    #expect(tables.table(tables.number(fixed + 140, 8), "DSDT") != nil)
    let control = tables.number(fixed + 36, 4)
    #expect(control % 64 == 0 && tables.number(fixed + 132, 8) == 0)
    #expect(tables.bytes(control, 8) == Array("FACS".utf8) + [64, 0, 0, 0])
    #expect(tables.number(fixed + 56, 4) == 0x600 && tables.number(fixed + 152, 8) == 0x600)
    #expect(tables.number(fixed + 64, 4) == 0x604 && tables.number(fixed + 176, 8) == 0x604)
    #expect(tables.number(fixed + 120, 8) == 0x64 && tables.number(fixed + 128, 1) == 0xfe)
    let controllers = try #require(tables.table(tables.number(root + 44, 8), "APIC"))
    let entries = Self.entries(controllers[44...])
    #expect(entries.filter { $0[0] == 0 } == (0..<UInt8(cpus)).map { [0, 8, $0, $0, 1, 0, 0, 0] })
    #expect(entries.filter { $0[0] == 1 } == [[1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0]])
    #expect(entries.filter { $0[0] == 4 } == [[4, 6, 0xff, 0, 0, 1]])
    #expect(entries.count == cpus + 3)
  }

  private static func entries(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
    var rest = bytes
    var entries: [[UInt8]] = []
    while let size = rest.dropFirst().first, size >= 2 {
      entries.append(Array(rest.prefix(Int(size))))
      rest = rest.dropFirst(Int(size))
    }
    return entries
  }

  @Test("an area without room is refused, one that just has room is not")
  func room() throws {
    let size = try ACPITables(cpus: 16, in: Self.area).bytes.count
    let start = Self.area.lowerBound
    #expect(try ACPITables(cpus: 16, in: start..<start + UInt64(size)).bytes.count == size)
    for room in [0, 1, 36, size - 1] {
      #expect(throws: ImageError.noRoomForTables(size: size, room: room)) {
        try ACPITables(cpus: 16, in: start..<start + UInt64(room))
      }
    }
  }

  /// The DSDT as its source, for a compiler, and what that made of it.
  private static let source = """
    DefinitionBlock ("", "DSDT", 2, "SWVMM ", "SWVMM   ", 0x00000001) {
      Name (_S5, Package () { 0x05, 0x05, 0x00, 0x00 })
      Scope (_SB) {
        Device (COM1) {
          Name (_HID, EisaId ("PNP0501"))
          Name (_UID, 0x01)
          Name (_CRS, ResourceTemplate () {
            IO (Decode16, 0x03F8, 0x03F8, 0x01, 0x08)
            IRQNoFlags () {4}
          })
        }
      }
    }
    """
  private static let compiled: [UInt8] = [
    0x08, 0x5f, 0x53, 0x35, 0x5f, 0x12, 0x08, 0x04, 0x0a, 0x05, 0x0a, 0x05, 0x00, 0x00, 0x10, 0x32,
    0x5f, 0x53, 0x42, 0x5f, 0x5b, 0x82, 0x2b, 0x43, 0x4f, 0x4d, 0x31, 0x08, 0x5f, 0x48, 0x49, 0x44,
    0x0c, 0x41, 0xd0, 0x05, 0x01, 0x08, 0x5f, 0x55, 0x49, 0x44, 0x01, 0x08, 0x5f, 0x43, 0x52, 0x53,
    0x11, 0x10, 0x0a, 0x0d, 0x47, 0x01, 0xf8, 0x03, 0xf8, 0x03, 0x01, 0x08, 0x22, 0x10, 0x00, 0x79,
    0x00,
  ]

  @Test("the DSDT is what iasl makes of its source")
  func definitions() {
    #expect(ACPITables.definitions == Self.compiled)
  }

  @Test(
    "iasl makes that of the source, and finds nothing wrong with any table",
    .enabled("iasl is not installed (acpica-tools)") { shell("command -v iasl").status == 0 })
  func compiler() throws {
    let folder = TemporaryFolder()
    _ = folder.file("dsdt.asl", Array(Self.source.utf8))
    let tables = Tables(tables: try ACPITables(cpus: 3, in: Self.area))
    let root = tables.number(Self.area.lowerBound + 24, 8)
    let fixed = tables.number(root + 36, 8)
    for (name, address) in [
      ("FACP", fixed), ("APIC", tables.number(root + 44, 8)), ("XSDT", root),
    ] {
      _ = folder.file(
        "\(name).dat", try #require(tables.table(address, name)))
    }
    let result = shell(
      """
      cd \(folder.path) && iasl dsdt.asl >compile && tail -c +37 dsdt.aml | od -An -v -tx1 | tr -d ' \\n'
      for table in FACP APIC XSDT; do iasl -d $table.dat >$table.log 2>&1; done
      cat *.dsl *.log | grep -iE 'warning|error|invalid|incorrect' >&2
      """)
    #expect(
      result.output
        == Self.compiled.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    #expect(result.errors == "")
  }
}

@Suite("Ports of a PC")
struct PCPortsTests {
  private var ports = PCPorts()

  private mutating func read(_ port: Int) -> UInt64 {
    ports.read(BusAccess(offset: port, size: 1)).value
  }

  private mutating func write(_ value: UInt64, _ port: Int) -> Effect {
    ports.write(value, to: BusAccess(offset: port, size: 1))
  }

  @Test("the keyboard controller is ready, and resets by 0xfe alone")
  mutating func keyboard() {
    #expect(read(0x64) == 0 && read(0x60) == 0)
    for command in 0..<0xfe as Range<UInt64> { #expect(write(command, 0x64) == .none) }
    #expect(write(0xff, 0x64) == .none && write(0xfe, 0x60) == .none)
    #expect(write(0xfe, 0x64) == .reset)
  }

  @Test("the RTC is not busy, and shows a date that there is")
  mutating func clock() {
    var registers: [UInt64] = []
    for index in 0..<0x80 as Range<UInt64> {
      #expect(write(index | 0x80, 0x70) == .none)
      registers.append(read(0x71))
    }
    #expect(registers[0x0a] & 0x80 == 0)
    #expect(registers[0x0d] == 0x80)
    #expect([0, 2, 4, 6, 7, 8, 9, 0x32].map { registers[$0] } == [0, 0, 0, 7, 1, 1, 0, 0x20])
    #expect(write(0x55, 0x71) == .none && read(0x71) == 0)
  }

  @Test("power management is ACPI's, keeps what is enabled, and powers off by type 5 alone")
  mutating func power() {
    #expect(read(0x604) == 1 && read(0x605) == 0)
    #expect(write(0x20, 0x602) == .none && write(0x01, 0x603) == .none)
    #expect(read(0x602) == 0x20 && read(0x603) == 1 && read(0x600) == 0 && read(0x601) == 0)
    for type in 0..<8 as Range<UInt64> {
      #expect(write(type << 2, 0x605) == .none)
      #expect(read(0x605) == type << 2)
      #expect(write(type << 2 | 0x20, 0x605) == (type == 5 ? .exit(code: 0) : .none))
    }
    #expect(write(0x34, 0x604) == .none)
  }

  @Test("PCI's configuration reads all ones, and no other port is taken")
  mutating func extent() {
    for port in 0xcf8..<0xd00 {
      _ = write(0x80, port)
      #expect(read(port) & 0xff == 0xff)
    }
    let ports = (0...UInt16.max).filter(PCPorts.has)
    #expect(
      ports == [0x60, 0x64, 0x70, 0x71, 0x80] + Array(0x600...0x605) + Array(0xcf8...0xcff))
  }

  @Test("a checkpoint brings the state back, and refuses what no machine has")
  mutating func checkpoint() throws {
    _ = write(0x0a, 0x70)
    _ = write(0x34, 0x603)
    _ = write(0x14, 0x605)
    var writer = SectionWriter()
    ports.carry(by: &writer)
    for (position, value) in [(0, 0x80), (3, 8)] as [(Int, UInt8)] {
      var bytes = writer.bytes
      bytes[position] = value
      var reader = SectionReader(bytes, of: "PC  ")
      var other = PCPorts()
      #expect(throws: CheckpointFileError.self) { try other.carry(by: &reader) }
    }
    var reader = SectionReader(writer.bytes, of: "PC  ")
    var other = PCPorts()
    try other.carry(by: &reader)
    try reader.finish()
    #expect(other == ports)
  }
}
