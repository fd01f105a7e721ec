internal import CForeignDevice
public import TimerModels

/// A foreign GICv2 in the place of ours.
///
/// It has no clock, so all its operations happen at the origin of time.
public struct ForeignInterruptController: InterruptControllerInterface, Saveable {
  private var device: ForeignState

  /// A controller that an adapter serves, as after reset.
  ///
  /// - Throws: ``AdapterError`` where it is something else.
  public init(_ adapter: Adapter) throws(AdapterError) {
    try adapter.demand(.interruptController)
    device = ForeignState(
      adapter, at: .origin, frequency: adapter.identity.frequency,
      watching: [Self.register(.distributor, GICD.ctlr, 4, 0)])
  }

  /// A controller that is to be searched, as after reset: it serves two CPUs, and can be saved.
  ///
  /// - Throws: ``AdapterError`` where it is something else.
  public init(searched adapter: Adapter) throws(AdapterError) {
    try adapter.demand(.interruptController)
    try adapter.demandSearchable()
    guard adapter.identity.cpus >= 2 else {
      throw AdapterError(
        command: adapter.command, problem: .unsupported("it serves 1 CPU, and 2 are wanted"))
    }
    device = ForeignState(
      adapter, at: .origin, frequency: adapter.identity.frequency, watching: Self.watched)
  }

  private init(_ device: ForeignState) { self.device = device }

  /// What a search looks at in every state: what is pending, active and running, and how interrupts are triggered.
  private static let watched: [DeviceRegister] =
    (0...1).flatMap { cpu in
      [GICD.ispendr, GICD.isactiver, GICD.icfgr, GICD.icfgr + 4].map {
        register(.distributor, $0, 4, cpu)
      }
    } + [GICD.ispendr + 4, GICD.isactiver + 4].map { register(.distributor, $0, 4, 0) }
    + (0...1).map { register(.cpuInterface, GICC.rpr, 4, $0) }

  /// The same device after reset; it has as many CPUs as it has.
  public func restarted(cpuCount: Int) -> Self {
    Self(device.restarted(at: .origin, frequency: device.adapter.identity.frequency))
  }

  /// The device's saved state.
  public var state: DeviceState {
    get { device.saved }
    set { device.saved = newValue }
  }

  /// Not where the device cannot be saved: what is done to a copy is done to it.
  public var isCopyable: Bool { device.adapter.identity.stateSize > 0 }

  /// A CPU reads a register; 0 where the access has not 1 or 4 bytes.
  public mutating func read(
    _ frame: InterruptControllerFrame, offset: Int, size: Int, cpu: Int
  ) -> UInt32 {
    guard size == 1 || size == 4 else { return 0 }
    let register = Self.register(frame, offset, size, cpu)
    return UInt32(truncatingIfNeeded: device.read(at: .origin, register))
  }

  /// A CPU writes a register; nothing where the access has not 1 or 4 bytes.
  public mutating func write(
    _ frame: InterruptControllerFrame, offset: Int, size: Int, value: UInt32, cpu: Int
  ) {
    guard size == 1 || size == 4 else { return }
    let register = Self.register(frame, offset, size, cpu)
    _ = device.perform(at: .origin, .write(register, UInt64(value)))
  }

  /// Drives the input of a PPI, of a CPU, or of an SPI.
  public mutating func setLine(_ id: Int, cpu: Int, level: Bool) {
    _ = device.perform(at: .origin, .setLine(UInt32(id), cpu: UInt8(cpu), level: level))
  }

  /// Whether the controller asserted IRQ at `cpu` after the last operation.
  public func irqOutput(cpu: Int) -> Bool { device.lines >> UInt32(8 + cpu) & 1 == 1 }

  fileprivate static func register(
    _ frame: InterruptControllerFrame, _ offset: Int, _ size: Int, _ cpu: Int
  ) -> DeviceRegister {
    DeviceRegister(
      frame == .distributor ? .distributor : .cpuInterface, UInt32(offset), size: UInt8(size),
      cpu: UInt8(cpu))
  }
}

extension ForeignInterruptController: RemoteInterruptController {
  /// Has the adapter carry out all sequences in one request.
  public mutating func prepare(_ sequences: [[InterruptControllerStep]]) {
    device.prepare(
      sequences.map { steps in steps.map { TimedOperation(at: .origin, $0.deviceOperation) } })
  }

  /// A word of which a read changes nothing, not looked at.
  public func look(_ frame: InterruptControllerFrame, offset: Int, cpu: Int) -> UInt32 {
    let register = Self.register(frame, offset, 4, cpu)
    let value = device.sight(of: register) ?? device.peek(at: .origin, register)
    return UInt32(truncatingIfNeeded: value)
  }

  /// Made of the saved state.
  public var fingerprint: UInt64 { device.fingerprint }
}

extension InterruptControllerStep {
  /// The operation on a foreign device that this step is.
  fileprivate var deviceOperation: DeviceOperation {
    switch self {
    case .read(let frame, let offset, let cpu):
      .read(ForeignInterruptController.register(frame, offset, 4, cpu))
    case .write(let frame, let offset, let size, let value, let cpu):
      .write(ForeignInterruptController.register(frame, offset, size, cpu), UInt64(value))
    case .line(let id, let cpu, let level):
      .setLine(UInt32(id), cpu: UInt8(cpu), level: level)
    }
  }
}
