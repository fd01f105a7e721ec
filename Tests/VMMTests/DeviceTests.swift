import GuestImages
import KVM
import Synchronization
import Testing
import TimerModels

@testable import VMM

@Suite("Lab port")
struct LabPortTests {
  private var port = LabPort(
    LabPort.Configuration(cpus: 3, irqchip: .user, memorySize: 5 << 20))

  private mutating func query(_ property: Int32, cpu: Int = 0) -> (status: UInt64, value: UInt64) {
    write(UInt64(property), PLATFORM_LAB_ARGUMENT0, cpu)
    write(UInt64(PLATFORM_LAB_QUERY), PLATFORM_LAB_COMMAND, cpu)
    return (read(PLATFORM_LAB_COMMAND, cpu), read(PLATFORM_LAB_ARGUMENT0, cpu))
  }

  @discardableResult
  private mutating func write(_ value: UInt64, _ register: Int32, _ cpu: Int) -> Effect {
    port.write(value, to: access(register, cpu))
  }

  private mutating func read(_ register: Int32, _ cpu: Int) -> UInt64 {
    port.read(access(register, cpu)).value
  }

  private func access(_ register: Int32, _ cpu: Int) -> BusAccess {
    BusAccess(offset: Int(register - PLATFORM_LAB_PORT), size: 4, cpu: cpu)
  }

  private mutating func start(_ cpu: UInt64, page: UInt64) -> (effect: Effect, status: UInt64) {
    write(cpu, PLATFORM_LAB_ARGUMENT0, 0)
    write(page, PLATFORM_LAB_ARGUMENT1, 0)
    let effect = write(UInt64(PLATFORM_LAB_START_CPU), PLATFORM_LAB_COMMAND, 0)
    return (effect, read(PLATFORM_LAB_COMMAND, 0))
  }

  @Test("it says what it is, and what the machine is")
  mutating func properties() {
    #expect(read(PLATFORM_LAB_IDENTITY, 0) == 0x6d76_7773)
    #expect(query(PLATFORM_PROPERTY_VERSION) == (0, 1))
    #expect(query(PLATFORM_PROPERTY_CPUS) == (0, 3))
    #expect(query(PLATFORM_PROPERTY_IRQCHIP) == (0, 0))
    #expect(query(PLATFORM_PROPERTY_CPU_INDEX, cpu: 2) == (0, 2))
    #expect(query(PLATFORM_PROPERTY_RAM_KIB) == (0, 5120))
    #expect(query(99) == (UInt64(PLATFORM_LAB_UNKNOWN), 99))
  }

  @Test("arguments and statuses of one vCPU are not another's")
  mutating func banks() {
    write(11, PLATFORM_LAB_ARGUMENT0, 0)
    write(22, PLATFORM_LAB_ARGUMENT0, 1)
    write(0xdead, PLATFORM_LAB_COMMAND, 1)
    #expect(read(PLATFORM_LAB_ARGUMENT0, 0) == 11)
    #expect(read(PLATFORM_LAB_ARGUMENT0, 1) == 22)
    #expect(read(PLATFORM_LAB_COMMAND, 0) == UInt64(PLATFORM_LAB_DONE))
    #expect(read(PLATFORM_LAB_COMMAND, 1) == UInt64(PLATFORM_LAB_UNKNOWN))
  }

  @Test("a vCPU is started once, from a page that real mode reaches, and only if there is one")
  mutating func startCPU() {
    let refused = UInt64(PLATFORM_LAB_REFUSED)
    #expect(start(0, page: 8) == (.none, refused))
    #expect(start(3, page: 8) == (.none, refused))
    #expect(start(UInt64(UInt32.max), page: 8) == (.none, refused))
    #expect(start(1, page: 256) == (.none, refused))
    #expect(start(1, page: 255) == (.startCPU(index: 1, page: 255), 0))
    #expect(start(1, page: 255) == (.none, refused))
    port = LabPort(
      LabPort.Configuration(cpus: 3, irqchip: .kernel, memorySize: 5 << 20))
    #expect(start(1, page: 8) == (.none, refused))
  }

  @Test("accesses of other sizes or between registers read all ones and change nothing")
  mutating func oddAccesses() {
    let before = port
    for size in [1, 2, 8] {
      for offset in 0..<16 {
        #expect(port.read(BusAccess(offset: offset, size: size)).value == .max)
        #expect(port.write(1, to: BusAccess(offset: offset, size: size)) == .none)
      }
    }
    for offset in 0..<16 where offset % 4 != 0 {
      #expect(port.read(BusAccess(offset: offset, size: 4)).value == .max)
      #expect(port.write(1, to: BusAccess(offset: offset, size: 4)) == .none)
    }
    #expect(port.read(BusAccess(offset: 0, size: 4, cpu: 3)).value == .max)
    #expect(port == before)
  }

  @Test("a mark is the number written")
  mutating func mark() {
    #expect(write(0xffff_ffff, PLATFORM_LAB_MARK, 0) == .mark(0xffff_ffff))
  }
}

@Suite("IOAPIC")
struct IOAPICTests {
  private var ioapic = IOAPIC()

  private mutating func setEntry(_ pin: Int, low: UInt32, high: UInt32 = 0) {
    ioapic.write(UInt32(0x11 + 2 * pin), offset: 0)
    ioapic.write(high, offset: 0x10)
    ioapic.write(UInt32(0x10 + 2 * pin), offset: 0)
    ioapic.write(low, offset: 0x10)
  }

  private mutating func messages() -> [InterruptMessage] {
    var all: [InterruptMessage] = []
    while let message = ioapic.takeMessage() { all.append(message) }
    return all
  }

  @Test("an edge is delivered once, however long the line stays high")
  mutating func edge() {
    setEntry(4, low: 0x24, high: 3 << 24)
    ioapic.setPin(4, isHigh: true)
    #expect(messages() == [InterruptMessage(addressLow: 0xfee0_3000, data: 0x4024)])
    ioapic.setPin(4, isHigh: true)
    #expect(messages() == [])
    ioapic.setPin(4, isHigh: false)
    ioapic.setPin(4, isHigh: true)
    #expect(messages().count == 1)
  }

  @Test("a level is delivered once until its EOI, and again after it while the line is high")
  mutating func level() {
    ioapic.setPin(4, isHigh: true)
    setEntry(4, low: 0x8024)
    #expect(messages() == [InterruptMessage(addressLow: 0xfee0_0000, data: 0xc024)])
    #expect(messages() == [])
    ioapic.endOfInterrupt(vector: 0x25)
    #expect(messages() == [])
    ioapic.endOfInterrupt(vector: 0x24)
    #expect(messages().count == 1)
    ioapic.setPin(4, isHigh: false)
    ioapic.endOfInterrupt(vector: 0x24)
    #expect(messages() == [])
  }

  @Test("an end that was not reported is known from the local APICs, and only there")
  mutating func unreportedEnd() {
    setEntry(4, low: 0x8024)
    setEntry(5, low: 0x8025)
    ioapic.setPin(4, isHigh: true)
    ioapic.setPin(5, isHigh: true)
    #expect(messages().count == 2)
    ioapic.endInterrupts(except: [0x24, 0x25])
    #expect(messages() == [])
    ioapic.endInterrupts(except: [0x25])
    #expect(messages().map(\.data) == [0xc024])
    var registers = [UInt8](repeating: 0, count: 1024)
    registers[0x200 + 0x10] = 1 << 4  // IRR, bit 36
    registers[0x100 + 0x73] = 1 << 7  // ISR, bit 255
    registers[0x180 + 0x10] = 0xff  // TMR
    #expect(VCPUStatePart.unendedVectors(ofLocalAPIC: registers) == [0x24, 0xff])
  }

  @Test("a masked pin loses edges and keeps levels")
  mutating func masked() {
    ioapic.setPin(1, isHigh: true)
    ioapic.setPin(2, isHigh: true)
    #expect(messages() == [])
    setEntry(1, low: 0x21)
    setEntry(2, low: 0x8022)
    #expect(messages().map(\.data) == [0xc022])
  }

  @Test("registers read back, but remote IRR is the chip's own")
  mutating func registers() {
    setEntry(23, low: 0xffff_ffff, high: 0xab00_0000)
    ioapic.write(0x3e, offset: 0)
    #expect(ioapic.read(offset: 0x10) == 0xffff_afff)
    ioapic.write(0x3f, offset: 0)
    #expect(ioapic.read(offset: 0x10) == 0xab00_0000)
    ioapic.write(1, offset: 0)
    #expect(ioapic.read(offset: 0x10) == 0x0017_0020)
    ioapic.write(0x40, offset: 0)
    #expect(ioapic.read(offset: 0x10) == 0)
  }

  @Test("routes name every unmasked pin, and only after a change")
  mutating func routes() {
    #expect(ioapic.takeRoutes()?.isEmpty == true)
    #expect(ioapic.takeRoutes() == nil)
    setEntry(4, low: 0x24)
    #expect(ioapic.takeRoutes()?.map(\.line) == [4])
    ioapic.setPin(4, isHigh: true)
    #expect(ioapic.takeRoutes() == nil)
  }
}

@Suite("Bus")
final class BusTests {
  /// A sink that remembers.
  private final class Recorder: InterruptSink {
    let changes = Mutex<[Bool]>([])
    func setLine(_ line: Int, isHigh: Bool) { changes.withLock { $0.append(isHigh) } }
  }

  private let recorder = Recorder()
  private let bus: Bus
  private let own: PrivateDevices

  init() throws {
    let clock = MachineClock.virtual(VirtualClock())
    let controller = InterruptControllerDevice<InterruptController>(
      outputs: [ControllerOutput(sink: recorder, line: 16)])
    own = PrivateDevices(
      cpu: 0,
      cp0: try CountCompareDevice(clock, sink: recorder) { CP0Page<CountCompareTimer>(at: $0) },
      genericTimer: try GenericTimerDevice<GenericTimer, LineMemory>(
        clock, sink: PrivateInputs(of: controller, cpu: 0)
      ) { GenericTimerPage(GenericTimer(at: $0)) }, controller: controller)
    bus = Bus(
      configuration: LabPort.Configuration(
        cpus: 1, irqchip: .user, memorySize: 1 << 20),
      lines: recorder, controller: controller)
  }

  @Test("a line is driven when its level changes, and only then")
  func lines() throws {
    _ = try bus.writePort(0x08, to: 0x3fc, size: 1, cpu: 0)
    _ = try bus.writePort(0x02, to: 0x3f9, size: 1, cpu: 0)
    _ = try bus.writePort(0x02, to: 0x3f9, size: 1, cpu: 0)
    _ = try bus.readPort(0x3fa, size: 1, cpu: 0)
    _ = try bus.readPort(0x3fa, size: 1, cpu: 0)
    #expect(recorder.changes.withLock { $0 } == [true, false])
  }

  @Test("the exit port takes any size at its first byte, and nothing elsewhere")
  func debugExit() throws {
    for size in [1, 2, 4] {
      #expect(try bus.writePort(42, to: 0xf4, size: size, cpu: 0) == .exit(code: 42))
    }
    #expect(try bus.writePort(42, to: 0xf5, size: 1, cpu: 0) == .none)
    #expect(try bus.readPort(0xf4, size: 4, cpu: 0).value == .max)
    #expect(bus.unclaimedAccesses.count == 0)
  }

  @Test("every port answers every size without a trap, and strangers give all ones")
  func allPorts() throws {
    for port in 0...UInt16.max {
      for size in [1, 2, 4] where size <= bus.width(ofPort: port) {
        _ = try bus.readPort(port, size: size, cpu: 0)
        _ = try bus.writePort(0, to: port, size: size, cpu: 0)
      }
    }
    let before = bus.unclaimedAccesses.count
    #expect(try bus.readPort(0x1234, size: 2, cpu: 0) == .openBus)
    #expect(bus.unclaimedAccesses.first == .port(0))
    #expect(try bus.readMemory(0xcfff_fffc, size: 4, own: own) == .max)
    #expect(try bus.readMemory(0xd000_2000, size: 4, own: own) == .max)
    #expect(try bus.writeMemory(1, to: .max, size: 8, own: own) == .none)
    #expect(bus.unclaimedAccesses.count == before + 4)
  }

  @Test("every frame of the platform answers at its own address")
  func frames() throws {
    #expect(try bus.readMemory(UInt64(PLATFORM_CP0_CCRES), size: 4, own: own) == 2)
    #expect(try bus.readMemory(UInt64(PLATFORM_CNTFRQ), size: 4, own: own) == 62_500_000)
    #expect(try bus.readMemory(UInt64(PLATFORM_GICD) + 0xfe8, size: 4, own: own) == 0x20)
    #expect(try bus.readMemory(UInt64(PLATFORM_GICC) + 0xfc, size: 4, own: own) == 0x2_0000)
    #expect(bus.unclaimedAccesses.count == 0)
  }
}
