import Synchronization
import TimerModels

@testable import KVM
@testable import VMM

/// Accesses to memory and ports as vCPU threads make them, for 1 to 16 vCPUs in virtual time.
///
/// *Reaches:* decoding, every device behind its lock, commands of the lab port, the lines between devices,
/// and time that jumps to alarms. *Does not reach:* several threads, host timers, KVM's own controllers.
enum BusTarget: FuzzTarget {
  static let name = "bus"

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    let platform = try Platform(&input)
    while !input.isEmpty {
      try platform.access(&input)
      try platform.lines.check()
      if input.byte() == 0 { try platform.checkCarried() }
    }
    try platform.checkCarried()
  }

  static func seeds() -> [[UInt8]] {
    (0..<16).map { [UInt8($0)] + FuzzInput.pattern($0, count: 240) }
  }
}

/// The devices of a machine without the machine.
private struct Platform: ~Copyable {
  let lines: CheckedLines
  private let cpus: Int
  private let clock: VirtualClock
  private let bus: Bus
  private let cp0: [CountCompareDevice<CountCompareTimer>]
  private let timers: [GenericTimerDevice<GenericTimer, LineMemory>]
  private let controller: InterruptControllerDevice<InterruptController>

  init(_ input: inout FuzzInput) throws {
    // Mostly few: the devices of 16 vCPUs take longer to make than a script to run.
    let cpus = input.choice([1, 1, 1, 2, 2, 3, 8, MachineConfiguration.cpusMax])
    let clock = VirtualClock(showing: Instant(nanoseconds: input.number()))
    let lines = CheckedLines()
    let controller = InterruptControllerDevice<InterruptController>(
      outputs: (0..<min(cpus, 8)).map { ControllerOutput(sink: lines, line: 16 + $0) })
    let timers = try (0..<cpus).map { cpu in
      try GenericTimerDevice<GenericTimer, LineMemory>(
        .virtual(clock),
        sink: cpu < controller.cpuCount ? PrivateInputs(of: controller, cpu: cpu) : nil
      ) { GenericTimerPage(GenericTimer(at: $0)) }
    }
    let cp0 = try (0..<cpus).map { _ in
      try CountCompareDevice<CountCompareTimer>(.virtual(clock), sink: lines) { CP0Page(at: $0) }
    }
    bus = Bus(
      configuration: LabPort.Configuration(
        cpus: cpus, irqchip: .user, memorySize: 1 << 20, takesRecords: input.flag()),
      isPC: true, lines: lines, controller: controller, hasTestDevice: true)
    (self.cpus, self.clock, self.lines) = (cpus, clock, lines)
    (self.controller, self.timers, self.cp0) = (controller, timers, cp0)
  }

  func access(_ input: inout FuzzInput) throws {
    let cpu = input.index(below: cpus)
    let own = PrivateDevices(
      cpu: cpu, cp0: cp0[cpu], genericTimer: timers[cpu], controller: controller)
    switch input.byte() % 8 {
    case 0: clock.advance(by: input.number())
    case 1: try jump(to: timers[cpu])
    case 2: try jump(to: cp0[cpu])
    case 3:
      _ = try bus.readMemory(address(&input), size: 1 + input.index(below: 8), own: own)
    case 4:
      let effect = try bus.writeMemory(
        input.number(), to: address(&input), size: 1 + input.index(below: 8), own: own)
      try promise(effect == .none, "a store to memory asks for something")
    default: try accessPort(&input, cpu: cpu)
    }
    _ = own.mayInterrupt
  }

  /// In virtual time an alarm is served at its instant, and then lies ahead or is gone.
  private func jump(to device: some PlatformTimer) throws {
    guard let alarm = device.alarm else { return }
    clock.jump(to: alarm)
    try device.wakeUp()
    if let next = device.alarm {
      try promise(next > clock.now(), "an alarm that has been served stays")
    }
  }

  private func address(_ input: inout FuzzInput) -> UInt64 {
    let bases: [UInt64] = [
      0xd000_0000, 0xd000_1000, 0xd001_0000, 0xd002_0000, 0xd000_2000, 0xfec0_0000, 0xfee0_0000,
      UInt64.max - 0x1fff, 0xff00_0000, 0xff00_f000,
    ]
    return input.choice(bases) &+ UInt64(input.integer(UInt16.self) & 0x1fff)
  }

  // MARK: Ports

  /// An access of 1, 2 or 4 bytes, split as wide as the device takes it.
  private func accessPort(_ input: inout FuzzInput, cpu: Int) throws {
    let bases: [UInt16] = [
      0x3f8, 0xf4, 0x5650, 0x5650, 0x3f0, 0xfff8, 0x60, 0x600, 0xcf8, 0xe0, 0x2000,
    ]
    let port = input.choice(bases) &+ UInt16(input.index(below: 16))
    let size = input.choice([1, 2, 4])
    let value = UInt32(truncatingIfNeeded: input.number())
    let isStore = input.flag()
    let width = min(size, bus.width(ofPort: port))
    for byte in stride(from: 0, to: size, by: width) {
      let place = port &+ UInt16(byte)
      if isStore {
        let part = value >> (8 * byte) & UInt32(truncatingIfNeeded: 1 << (8 * UInt64(width)) - 1)
        try perform(try bus.writePort(part, to: place, size: width, cpu: cpu), cpu: cpu)
      } else {
        try perform(try bus.readPort(place, size: width, cpu: cpu).effect, cpu: cpu)
      }
    }
  }

  /// What a vCPU's loop would make of an effect; what it takes for granted is demanded here.
  private func perform(_ effect: Effect, cpu: Int) throws {
    switch effect {
    case .none, .transmit, .mark, .reset, .exit: break
    case .feedReceiver:
      try bus.serial.withDevice { port in
        if port.isConnected && port.room > 0 { port.receive([0x41]) }
      }
    case .startCPU(let index, _):
      try promise((1..<cpus).contains(index), "vCPU \(index) of \(cpus) is started")
    case .timer(let command): try cp0[cpu].perform(command)
    case .freezeAndThaw(let times):
      try promise(times <= 1000, "a guest holds its vCPU for \(times) freezes")
      try cp0[cpu].perform(.freeze)
      try cp0[cpu].perform(.thaw)
    case .takeRecords, .dropPage: break
    }
  }

  // MARK: Checkpoints

  /// What a checkpoint would hold of the devices is accepted back, as the same.
  func checkCarried() throws {
    for cpu in 0..<cpus {
      try checkCarried(
        { cp0[cpu].carry(by: &$0) },
        { (reader: inout SectionReader) in try cp0[cpu].carry(by: &reader) })
      try checkCarried(
        { timers[cpu].carry(by: &$0) },
        { (reader: inout SectionReader) in try timers[cpu].carry(by: &reader) })
    }
    try checkCarried(
      { controller.carry(by: &$0) },
      { (reader: inout SectionReader) in try controller.carry(by: &reader) })
    try checkCarried(
      { bus.serial.carry(by: &$0) },
      { (reader: inout SectionReader) in try bus.serial.carry(by: &reader) })
    try checkCarried(
      { bus.lab.carry(by: &$0) },
      { (reader: inout SectionReader) in try bus.lab.carry(by: &reader) })
  }

  private func checkCarried(
    _ write: (inout SectionWriter) -> Void, _ read: (inout SectionReader) throws -> Void
  ) throws {
    var writer = SectionWriter()
    write(&writer)
    var reader = SectionReader(writer.bytes[...], of: SectionName("SAME"))
    try read(&reader)
    try reader.finish()
    var again = SectionWriter()
    write(&again)
    try promise(again.bytes == writer.bytes, "a device is brought back as another")
  }
}

/// Takes every line, and remembers one that the platform does not have.
private final class CheckedLines: InterruptSink {
  private let stranger = Mutex<Int?>(nil)

  func setLine(_ line: Int, isHigh: Bool) {
    if !(0..<24).contains(line) { stranger.withLock { $0 = line } }
  }

  func check() throws {
    let line = stranger.withLock { $0 }
    try promise(line == nil, "line \(line ?? 0) is none of the platform's")
  }
}
