/// The ports of a PC without which Linux waits, or does not find its way out.
///
/// There is no keyboard, no PCI and no clock that runs: the keyboard controller is there for its reset, the
/// configuration ports of PCI read all ones, which means that there is none, and the RTC stands at the
/// beginning of 2000 and is never busy. Power management knows one thing, to power off.
///
/// All ports are 8 bits wide: the bus splits wider accesses, the lowest byte first.
public struct PCPorts: Device, Hashable {
  /// The keyboard controller's data; nothing ever comes.
  static let keyboardData: UInt16 = 0x60
  /// Its status, and its commands.
  static let keyboardCommand: UInt16 = 0x64
  /// The index of the RTC's registers; they themselves are one port higher.
  static let clockIndex: UInt16 = 0x70
  /// What firmware shows of its progress, and kernels write to let a microsecond pass.
  static let progress: UInt16 = 0x80
  /// The power management's events: two bytes of status, two that enable.
  static let powerEvent: UInt16 = 0x600
  /// Its control, two bytes.
  static let powerControl: UInt16 = 0x604
  /// PCI's configuration, eight bytes.
  static let configuration: UInt16 = 0xcf8

  /// The keyboard controller's command that resets the processor.
  static let resetCommand: UInt8 = 0xfe
  /// SLP_TYP of the state in which the machine is off.
  static let powerOffType: UInt8 = 5
  /// SCI_EN: the power management's interrupts are ACPI's, and always were.
  private static let isACPI: UInt16 = 1
  /// SLP_EN, in the upper byte of the control.
  private static let sleep: UInt8 = 0x20

  private var index: UInt8 = 0
  private var enabledEvents: UInt16 = 0
  /// SLP_TYP as it was written.
  private var sleepType: UInt8 = 0

  /// The state after reset.
  public init() {}

  /// Never interrupts.
  public var interruptLine: Bool { false }

  /// Whether a port is one of these.
  static func has(_ port: UInt16) -> Bool {
    switch port {
    case keyboardData, keyboardCommand, clockIndex...clockIndex + 1, progress,
      powerEvent..<powerEvent + 4, powerControl..<powerControl + 2,
      configuration..<configuration + 8:
      true
    default: false
    }
  }

  /// A load; the offset is the port.
  public mutating func read(_ access: BusAccess) -> Reply {
    precondition(access.size == 1)
    return switch UInt16(access.offset) {
    case Self.keyboardData, Self.keyboardCommand: Reply(0)  // ready for a command
    case Self.clockIndex + 1: Reply(UInt64(clockRegister))
    case Self.powerEvent, Self.powerEvent + 1: Reply(0)  // nothing happened
    case Self.powerEvent + 2: Reply(UInt64(enabledEvents & 0xff))
    case Self.powerEvent + 3: Reply(UInt64(enabledEvents >> 8))
    case Self.powerControl: Reply(UInt64(Self.isACPI))
    case Self.powerControl + 1: Reply(UInt64(sleepType << 2))
    default: .openBus
    }
  }

  /// A store; the offset is the port.
  public mutating func write(_ value: UInt64, to access: BusAccess) -> Effect {
    precondition(access.size == 1)
    let value = UInt8(truncatingIfNeeded: value)
    switch UInt16(access.offset) {
    case Self.keyboardCommand: return value == Self.resetCommand ? .reset : .none
    case Self.clockIndex: index = value & 0x7f  // bit 7 masks NMIs, of which this one has none
    case Self.powerEvent + 2: enabledEvents = enabledEvents & 0xff00 | UInt16(value)
    case Self.powerEvent + 3: enabledEvents = enabledEvents & 0x00ff | UInt16(value) << 8
    case Self.powerControl + 1:
      sleepType = value >> 2 & 7
      if value & Self.sleep != 0 && sleepType == Self.powerOffType { return .exit(code: 0) }
    default: break
    }
    return .none
  }

  /// The register of the RTC, an MC146818, that the index chooses.
  private var clockRegister: UInt8 {
    switch index {
    case 0x06: 7  // 1 January 2000 was a Saturday
    case 0x07, 0x08: 1
    case 0x0a: 0x26  // the oscillator is on, no update in progress
    case 0x0b: 0x02  // 24 hours, in BCD
    case 0x0d: 0x80  // the time is valid
    case 0x32: 0x20  // the century
    default: 0
    }
  }
}

extension PCPorts: Checkpointed {
  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try carrier.carry(&index)
    try carrier.require(index < 0x80, "the RTC's index is \(index)")
    try carrier.carry(&enabledEvents)
    try carrier.carry(&sleepType)
    try carrier.require(sleepType < 8, "a sleep type of \(sleepType)")
  }
}
