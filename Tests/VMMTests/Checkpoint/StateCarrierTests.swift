import GuestImages
import TestSupport
import Testing
import TimerModels

@testable import VMM

/// Whether each device's list of fields names them all.
@Suite("State carrier")
struct StateCarrierTests {
  private static let seeds: [UInt64] = [1, 2, 3]

  /// What a checkpoint makes of a state.
  private func carried<State: Checkpointed>(_ state: State, into blank: State) throws -> State {
    var (state, blank) = (state, blank)
    var writer = SectionWriter()
    state.carry(by: &writer)
    var reader = SectionReader(writer.bytes, of: SectionName("TEST"))
    try blank.carry(by: &reader)
    try reader.finish()
    return blank
  }

  @Test(
    "an interrupt controller is the same but for its lines, whatever was done to it",
    arguments: seeds)
  func controller(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var controller = InterruptController(cpuCount: 3)
    var seen = controller.state
    for _ in 0..<1000 {
      let cpu = Int.random(in: 0..<3, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0:
        controller.setLine(
          .random(in: 16..<64, using: &random), cpu: cpu, level: random.next() & 1 == 1)
      case 1:
        // Open, so that something is taken.
        controller.write(.distributor, offset: 0, size: 4, value: 1, cpu: cpu)
        controller.write(.cpuInterface, offset: 0, size: 4, value: 1, cpu: cpu)
        controller.write(.cpuInterface, offset: 4, size: 4, value: 0xff, cpu: cpu)
        _ = controller.read(.cpuInterface, offset: 0xc, size: 4, cpu: cpu)
      case 2:
        let offset = 4 * Int.random(in: 0..<8, using: &random)
        controller.write(.cpuInterface, offset: offset, size: 4, value: value(&random), cpu: cpu)
      default:
        let bases = [0x100, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380, 0x400, 0x820, 0xc00, 0xf00]
        let base = bases.randomElement(using: &random) ?? 0
        let words = base == 0x400 ? 16 : base == 0xf00 ? 1 : 2
        let offset = base + 4 * Int.random(in: 0..<words, using: &random)
        controller.write(.distributor, offset: offset, size: 4, value: value(&random), cpu: cpu)
      }
      var expected = controller.state
      expected.shared.line = 0
      for cpu in 0..<3 {
        expected.cpus[cpu].bank.line = 0
        seen.cpus[0].bank.active |= expected.cpus[cpu].bank.active
        seen.cpus[0].activePriorities |= expected.cpus[cpu].activePriorities
        seen.cpus[0].acknowledged |= expected.cpus[cpu].acknowledged
        seen.cpus[0].binaryPoint |= expected.cpus[cpu].binaryPoint
        seen.cpus[0].sources |= expected.cpus[cpu].sources
      }
      #expect(
        try carried(controller.state, into: InterruptControllerState(cpuCount: 3)) == expected)
    }
    // Interrupts were taken, or this showed little.
    #expect(seen.cpus[0].bank.active != 0 && seen.cpus[0].acknowledged != 0)
    #expect(seen.cpus[0].activePriorities != 0 && seen.cpus[0].binaryPoint != 0)
    #expect(seen.cpus[0].sources != SIMD16())
  }

  /// Now few bits, now many.
  private func value(_ random: inout SplitMix64) -> UInt32 {
    let bits = UInt32(truncatingIfNeeded: random.next())
    return random.next() & 1 == 0 ? bits : 1 << (bits % 32)
  }

  @Test("timers are the same after a look at the time", arguments: seeds)
  func timers(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var now = Instant(nanoseconds: 5)
    var generic = GenericTimerPage(GenericTimer(at: now))
    var cp0 = CP0Page<CountCompareTimer>(at: now)
    for _ in 0..<400 {
      now = now.adding(nanoseconds: .random(in: 0..<100_000, using: &random))
      let offset = 4 * Int.random(in: 0..<0x12, using: &random)
      let number = UInt64(value(&random))
      generic.write(at: now, number, offset: offset, size: offset % 8 == 0 ? 8 : 4)
      generic.wakeUp(at: now)
      var restored = try carried(generic, into: GenericTimerPage(GenericTimer(at: now)))
      restored.wakeUp(at: now)
      #expect(restored == generic)

      cp0.write(at: now, number, offset: offset % 0x1c, size: 4)
      let commands: [TimerCommand] = [
        .freeze, .thaw, .setFrequency(UInt32(number % 1_000_000) + 1),
      ]
      if let command = commands.randomElement(using: &random) { cp0.perform(at: now, command) }
      #expect(try carried(cp0, into: CP0Page(at: now)) == cp0)
    }
  }

  @Test("the test device and its lines are the same, and no line is beyond the last")
  func testBoard() throws {
    let (board, blank) = (TestBoard(lines: nil), TestBoard(lines: nil))
    _ = try board.writePort(0x4433_2211, to: 0xe0, size: 4)
    _ = try board.writePort(1, to: 0x2000 + 23, size: 1)
    for offset: UInt64 in [0, 1, 0x7fff, 0xffff] {
      #expect(board.writeMemory(offset + 3, to: 0xff00_0000 + offset, size: 1))
    }
    var (writer, again) = (SectionWriter(), SectionWriter())
    board.carry(by: &writer)
    var reader = SectionReader(writer.bytes, of: SectionName("TEST"))
    try blank.carry(by: &reader)
    try reader.finish()
    blank.carry(by: &again)
    #expect(again.bytes == writer.bytes)
    #expect(blank.readPort(0xe0, size: 4)?.value == 0xffff_ffff_4433_2211)
    #expect(blank.readMemory(0xff00_ffff, size: 1) == 0xffff_ffff_ffff_ff02)
    #expect(writer.bytes.suffix(4) == [0, 0, 0x80, 0])

    var bad = SectionReader(writer.bytes.dropLast() + [1], of: SectionName("TEST"))
    #expect(throws: CheckpointFileError.self) { try blank.carry(by: &bad) }
  }

  @Test("serial port, lab port and IOAPIC are the same", arguments: seeds)
  func ports(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var serial = SerialPort()
    let configuration = LabPort.Configuration(cpus: 3, irqchip: .user, memorySize: 1 << 20)
    var lab = LabPort(configuration)
    var ioapic = IOAPIC()
    for _ in 0..<400 {
      let number = value(&random)
      let offset = Int.random(in: 0..<8, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0:
        serial.receive([UInt8](repeating: UInt8(number & 0xff), count: min(serial.room, offset)))
      case 1: serial.askForRoom()
      case 2: _ = serial.read(BusAccess(offset: offset, size: 1))
      default: _ = serial.write(UInt64(number), to: BusAccess(offset: offset, size: 1))
      }
      if number % 1000 == 0 { serial.hangUp() }
      #expect(try carried(serial, into: SerialPort()) == serial)

      let access = BusAccess(offset: 4 * (offset % 4), size: 4, cpu: Int(number % 3))
      _ = lab.write(UInt64(number % 12), to: access)
      #expect(try carried(lab, into: LabPort(configuration)) == lab)

      ioapic.write(0x10 + number % 0x30, offset: 0)
      ioapic.write(value(&random), offset: 0x10)
      ioapic.setPin(Int(number % 24), isHigh: offset & 1 == 1)
      if offset < 4 { _ = ioapic.takeMessage() }
      // The kernel has no routes of a machine that is restored.
      var restored = try carried(ioapic, into: IOAPIC())
      #expect(restored.takeRoutes() != nil)
      _ = ioapic.takeRoutes()
      #expect(restored == ioapic)
    }
  }
}
