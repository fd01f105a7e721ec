import GuestImages
import KVM
import Synchronization
import Testing
import TimerModels

@testable import VMM

/// The generic timers of two vCPUs with their controller, in virtual time.
@Suite("Generic timer and controller devices")
final class GenericTimerDeviceTests {
  private final class Line: InterruptSink {
    let changes = Mutex<[Bool]>([])
    func setLine(_ line: Int, isHigh: Bool) { changes.withLock { $0.append(isHigh) } }
    var isHigh: Bool { changes.withLock { $0.last ?? false } }
  }

  private let clock = VirtualClock()
  private let lines = [Line(), Line()]
  private let controller: InterruptControllerDevice<InterruptController>
  private let timers: [any PlatformGenericTimer]
  private let bus: Bus

  init() throws {
    controller = InterruptControllerDevice(
      outputs: lines.enumerated().map { ControllerOutput(sink: $1, line: 16 + $0) })
    timers = try [0, 1].map { [clock, controller] cpu in
      try GenericTimerDevice<GenericTimer, LineMemory>(
        .virtual(clock), sink: PrivateInputs(of: controller, cpu: cpu)
      ) { GenericTimerPage(GenericTimer(at: $0)) }
    }
    bus = Bus(
      configuration: LabPort.Configuration(cpus: 2, irqchip: .user, memorySize: 1 << 20),
      lines: nil, controller: controller)
    for cpu in 0...1 {
      try store(1, UInt32(PLATFORM_GICD), cpu: cpu)
      try store(1 << 27 | 1 << 30, UInt32(PLATFORM_GICD) + 0x100, cpu: cpu)
      try store(0xff, UInt32(PLATFORM_GICC) + 4, cpu: cpu)
      try store(1, UInt32(PLATFORM_GICC), cpu: cpu)
    }
  }

  private func own(_ cpu: Int) throws -> PrivateDevices {
    PrivateDevices(
      cpu: cpu,
      cp0: try CountCompareDevice(.virtual(clock), sink: nil) {
        CP0Page<CountCompareTimer>(at: $0)
      },
      genericTimer: timers[cpu], controller: controller)
  }

  private func store(_ value: UInt64, _ address: UInt32, size: Int = 4, cpu: Int = 0) throws {
    let own = try own(cpu)
    let effect = try bus.writeMemory(value, to: UInt64(address), size: size, own: own)
    #expect(effect == .none)
  }

  private func load(_ address: UInt32, size: Int = 4, cpu: Int = 0) throws -> UInt64 {
    let own = try own(cpu)
    return try bus.readMemory(UInt64(address), size: size, own: own)
  }

  private var pending: UInt32 { UInt32(PLATFORM_GICD) + 0x200 }
  private var acknowledge: UInt32 { UInt32(PLATFORM_GICC) + 0xc }
  private var end: UInt32 { UInt32(PLATFORM_GICC) + 0x10 }

  @Test("a deadline that passed is pending before any host timer said so, at the moment it is met")
  func pendingWithoutExpiry() throws {
    try store(10, PLATFORM_CNTV_CVAL, size: 8)
    try store(1, PLATFORM_CNTV_CTL)
    #expect(timers[0].alarm == Instant(nanoseconds: 160))
    clock.advance(by: 159)
    #expect(try load(pending) == 0)
    clock.advance(by: 1)
    #expect(try load(pending) == 1 << 27)
    #expect(lines[0].isHigh)
    #expect(lines[1].changes.withLock { $0.isEmpty })
    #expect(try load(acknowledge) == 27)
    #expect(!lines[0].isHigh, "active and pending is not signalled")
    #expect(try load(acknowledge) == 1023)
    try store(27, end)
    #expect(lines[0].isHigh, "the end samples the line again")
    try store(0, PLATFORM_CNTV_CTL)
    #expect(!lines[0].isHigh, "a level takes its interrupt back")
    #expect(try load(acknowledge) == 1023)
  }

  @Test("each vCPU has its own timers, and the two outputs of one have their own interrupts")
  func banks() throws {
    try store(0, PLATFORM_CNTP_CVAL, size: 8, cpu: 1)
    try store(1, PLATFORM_CNTP_CTL, cpu: 1)
    #expect(lines.map(\.isHigh) == [false, true])
    #expect(try load(pending, cpu: 1) == 1 << 30)
    #expect(try load(pending, cpu: 0) == 0)
    try store(1, PLATFORM_CNTV_CTL, cpu: 1)
    #expect(try load(pending, cpu: 1) == 1 << 30 | 1 << 27)
    try store(2, PLATFORM_CNTP_CTL, cpu: 1)
    #expect(try load(pending, cpu: 1) == 1 << 27)
  }

  @Test("an SGI from one vCPU raises the other's line")
  func interprocessor() throws {
    try store(2 << 16 | 5, UInt32(PLATFORM_GICD) + 0xf00, cpu: 0)
    #expect(lines.map(\.isHigh) == [false, true])
    #expect(try load(acknowledge, cpu: 1) == 5)
    #expect(!lines[1].isHigh)
  }

  @Test("whether a halted vCPU could be woken follows from timer and controller together")
  func possible() throws {
    func mayInterrupt() -> Bool {
      controller.wouldInterrupt(cpu: 0, ifHigh: timers[0].possibleLevels)
    }
    #expect(!mayInterrupt())
    try store(1000, PLATFORM_CNTV_CVAL, size: 8)
    #expect(!mayInterrupt(), "off")
    try store(1, PLATFORM_CNTV_CTL)
    #expect(mayInterrupt())
    clock.advance(by: 16_000)
    #expect(mayInterrupt(), "due, and no host timer has said so")
    try store(1 << 27, UInt32(PLATFORM_GICD) + 0x180)
    #expect(!mayInterrupt(), "disabled at the distributor")
    try store(1 << 27, UInt32(PLATFORM_GICD) + 0x100)
    try store(3, PLATFORM_CNTV_CTL)
    #expect(!mayInterrupt(), "masked")
  }

  @Test("other sizes and alignments read all ones and store nothing, at every offset")
  func oddAccesses() throws {
    try store(1000, PLATFORM_CNTV_CVAL, size: 8)
    let words = Set([
      PLATFORM_CNTFRQ, PLATFORM_CNTV_CTL, PLATFORM_CNTV_TVAL, PLATFORM_CNTP_CTL,
      PLATFORM_CNTP_TVAL,
    ])
    let doubles = Set([PLATFORM_CNTVCT, PLATFORM_CNTPCT, PLATFORM_CNTV_CVAL, PLATFORM_CNTP_CVAL])
    for offset in 0..<UInt32(0x48) {
      let address = UInt32(PLATFORM_GENERIC_TIMER) + offset
      for size in 1...8 {
        let isRegister =
          size == 4 && words.contains(address) || size == 8 && doubles.contains(address)
        if isRegister {
          #expect(try load(address, size: size) != .max)
        } else {
          #expect(try load(address, size: size) == .max)
          try store(1, address, size: size)
        }
      }
    }
    #expect(try load(PLATFORM_CNTV_CVAL, size: 8) == 1000)
    #expect(try load(PLATFORM_CNTV_CTL) == 0)
  }

  @Test("a level is said again once there is a listener, and only then is it noted")
  func listening() {
    var memory = LineMemory()
    #expect(memory.changes(to: 0b11, isListening: false) == 0)
    #expect(memory.changes(to: 0b11, isListening: true) == 0b11)
    #expect(memory.changes(to: 0b11, isListening: true) == 0)
    #expect(memory.changes(to: 0b10, isListening: true) == 0b01)
  }
}
