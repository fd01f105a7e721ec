internal import GuestImages

/// The port by which a guest talks to the laboratory: marks for the trace, and commands.
///
/// Four 32-bit registers (platform.h names them), accessed with 4 bytes at their own address; other
/// loads read all ones, other stores are ignored. The command's status and the arguments are banked
/// by vCPU, so that several can use the port at once.
public struct LabPort: Device, Hashable {
  private struct Bank: Hashable {
    var status = UInt32(PLATFORM_LAB_DONE)
    var argument0: UInt32 = 0
    var argument1: UInt32 = 0
  }

  private let configuration: Configuration
  private var banks: [Bank]
  /// Bit n: vCPU n runs, or was told to; vCPU 0 always does.
  private var startedCPUs: UInt32 = 1

  /// What a guest may ask about.
  public struct Configuration: Hashable, Sendable {
    /// The number of vCPUs, 1 to 16.
    public let cpus: Int
    /// Which interrupt controllers there are.
    public let irqchip: IRQChip
    /// The size of RAM in bytes.
    public let memorySize: Int
    /// Whether records of the guest's are taken.
    public let takesRecords: Bool

    /// Describes a machine.
    public init(cpus: Int, irqchip: IRQChip, memorySize: Int, takesRecords: Bool = false) {
      self.cpus = cpus
      self.irqchip = irqchip
      self.memorySize = memorySize
      self.takesRecords = takesRecords
    }
  }

  /// The state after reset.
  public init(_ configuration: Configuration) {
    self.configuration = configuration
    banks = Array(repeating: Bank(), count: configuration.cpus)
  }

  /// Never interrupts.
  public var interruptLine: Bool { false }

  /// Reads the identity, the last command's status, or an argument.
  public mutating func read(_ access: BusAccess) -> Reply {
    guard access.size == 4, banks.indices.contains(access.cpu) else { return .openBus }
    let bank = banks[access.cpu]
    switch Int32(truncatingIfNeeded: access.offset) &+ PLATFORM_LAB_PORT {
    case PLATFORM_LAB_IDENTITY: return Reply(UInt64(PLATFORM_LAB_MAGIC))
    case PLATFORM_LAB_COMMAND: return Reply(UInt64(bank.status))
    case PLATFORM_LAB_ARGUMENT0: return Reply(UInt64(bank.argument0))
    case PLATFORM_LAB_ARGUMENT1: return Reply(UInt64(bank.argument1))
    default: return .openBus
    }
  }

  /// Sets a mark or an argument, or runs a command.
  public mutating func write(_ value: UInt64, to access: BusAccess) -> Effect {
    guard access.size == 4, banks.indices.contains(access.cpu) else { return .none }
    let value = UInt32(truncatingIfNeeded: value)
    switch Int32(truncatingIfNeeded: access.offset) &+ PLATFORM_LAB_PORT {
    case PLATFORM_LAB_MARK: return .mark(value)
    case PLATFORM_LAB_COMMAND: return run(command: value, for: access.cpu)
    case PLATFORM_LAB_ARGUMENT0: banks[access.cpu].argument0 = value
    case PLATFORM_LAB_ARGUMENT1: banks[access.cpu].argument1 = value
    default: break
    }
    return .none
  }

  private mutating func run(command: UInt32, for cpu: Int) -> Effect {
    switch Int32(bitPattern: command) {
    case PLATFORM_LAB_QUERY:
      let value = property(banks[cpu].argument0, askedBy: cpu)
      banks[cpu].status = UInt32(value == nil ? PLATFORM_LAB_UNKNOWN : PLATFORM_LAB_DONE)
      if let value { banks[cpu].argument0 = value }
      return .none
    case PLATFORM_LAB_START_CPU:
      let effect = startCPU(banks[cpu].argument0, page: banks[cpu].argument1)
      banks[cpu].status = UInt32(effect == .none ? PLATFORM_LAB_REFUSED : PLATFORM_LAB_DONE)
      return effect
    case PLATFORM_LAB_TAKE_RECORDS where configuration.takesRecords:
      banks[cpu].status = UInt32(PLATFORM_LAB_DONE)
      return .takeRecords(address: banks[cpu].argument0, count: banks[cpu].argument1)
    default:
      let effect = timerEffect(command, argument: banks[cpu].argument0)
      let refusal =
        Self.refusableCommands.contains(command) ? PLATFORM_LAB_REFUSED : PLATFORM_LAB_UNKNOWN
      banks[cpu].status = UInt32(effect == .none ? refusal : PLATFORM_LAB_DONE)
      return effect
    }
  }

  private static let refusableCommands =
    UInt32(PLATFORM_LAB_FREEZE)...UInt32(PLATFORM_LAB_TAKE_RECORDS)

  private func timerEffect(_ command: UInt32, argument: UInt32) -> Effect {
    switch Int32(bitPattern: command) {
    case PLATFORM_LAB_FREEZE: .timer(.freeze)
    case PLATFORM_LAB_THAW: .timer(.thaw)
    case PLATFORM_LAB_FREEZE_THAW where (1...1000).contains(argument):
      .freezeAndThaw(times: Int(argument))
    case PLATFORM_LAB_SET_FREQUENCY where (1...1_000_000_000).contains(argument):
      .timer(.setFrequency(argument))
    default: .none
    }
  }

  private func property(_ number: UInt32, askedBy cpu: Int) -> UInt32? {
    switch Int32(bitPattern: number) {
    case PLATFORM_PROPERTY_VERSION: 1
    case PLATFORM_PROPERTY_CPUS: UInt32(configuration.cpus)
    case PLATFORM_PROPERTY_IRQCHIP: configuration.irqchip.platformNumber
    case PLATFORM_PROPERTY_CPU_INDEX: UInt32(cpu)
    case PLATFORM_PROPERTY_RAM_KIB: UInt32(configuration.memorySize >> 10)
    default: nil
    }
  }

  /// Refused where a local APIC does this, for a vCPU that there is not or that runs already, and
  /// for a page that a real-mode processor cannot start in.
  private mutating func startCPU(_ index: UInt32, page: UInt32) -> Effect {
    guard configuration.irqchip == .user, index < UInt32(configuration.cpus),
      startedCPUs & 1 << index == 0, let page = UInt8(exactly: page)
    else { return .none }
    startedCPUs |= 1 << index
    return .startCPU(index: Int(index), page: page)
  }
}

extension LabPort: Checkpointed {
  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    for index in banks.indices {
      try carrier.carry(&banks[index].status)
      try carrier.carry(&banks[index].argument0)
      try carrier.carry(&banks[index].argument1)
    }
    try carrier.carry(&startedCPUs)
  }
}
