internal import KVM
internal import VMM

/// The guests that keep books, and the machines that they run in.
extension CheckpointTorture {
  func configuration(_ irqchip: IRQChip) -> MachineConfiguration {
    var configuration = MachineConfiguration()
    configuration.memorySize = 4 << 20
    configuration.irqchip = irqchip
    configuration.hasKernelTimer = subject == .pitOneShot || subject == .pitPeriodic
    if subject.isOwn && irqchip == .user { configuration.time = .virtual(exitCost: 1000) }
    configuration.console = nil
    configuration.readsInput = false
    configuration.timeoutNanoseconds = 20_000_000_000
    return configuration
  }

  func arguments(
    _ irqchip: IRQChip, on system: borrowing KVMSystem
  ) throws(TortureError) -> String {
    switch subject {
    case .countCompare, .genericTimer: return "3"
    case .tsc: return "0 20"
    case .kvmclock: return "1 20"
    default: break
    }
    let kilohertz = try lifting { () throws(KVMError) in try Self.tscKilohertz(system) }
    var repeats = 0
    if subject == .ioapicLevel, let count = HostProbe.countDeliveries(irqchip, on: system).value {
      repeats = max(0, count - 1)
    }
    // A thousandth less than the host says: KVM rounds this frequency and the i8254's.
    return "4 \(kilohertz - kilohertz / 1000) \(repeats)"
  }

  private static func tscKilohertz(_ system: borrowing KVMSystem) throws(KVMError) -> UInt32 {
    let memory: GuestMemory
    do { memory = try GuestMemory(size: 1 << 20) } catch { throw .failed(error) }
    return try VirtualMachine(on: system, memory: memory).createVCPU(0).tscFrequency()
  }

  /// The guest that is cut.
  func guest() throws(TortureError) -> BootImage {
    if let image { return image }
    guard let guest = BuiltInGuest.named(subject.ledgerGuest) else {
      preconditionFailure("no guest \(subject.ledgerGuest)")
    }
    do { return try BootImage(guest.file) } catch { throw .machine(.image(error)) }
  }
}

extension TortureSubject {
  /// The built-in guest that keeps books on it.
  fileprivate var ledgerGuest: String {
    switch self {
    case .countCompare: "tick"
    case .genericTimer: "gtick"
    case .kvmclock, .tsc: "clock"
    default: rawValue
    }
  }

  /// Whether its guest can be stepped: no timer of this program's interrupts it.
  var isStepped: Bool { !isOwn }

  /// The controllers with which there is such a source of interrupts.
  var controllers: [IRQChip] {
    switch self {
    case .countCompare, .genericTimer, .kvmclock, .tsc: [.user, .kernel, .split]
    case .pitOneShot, .pitPeriodic: [.kernel]
    default: [.kernel, .split]
    }
  }
}
