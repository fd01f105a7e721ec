internal import CForeignDevice
public import TimerModels

/// A foreign GICv2 in the place of ours.
///
/// It has no clock, so all its operations happen at the origin of time.
public struct ForeignInterruptController: InterruptControllerInterface {
  private var device: ForeignState

  /// A controller that an adapter serves, as after reset.
  ///
  /// - Throws: ``AdapterError`` where it is something else.
  public init(_ adapter: Adapter) throws(AdapterError) {
    try adapter.demand(.interruptController)
    device = ForeignState(adapter, at: .origin, frequency: adapter.identity.frequency)
  }

  private init(_ device: ForeignState) { self.device = device }

  /// The same device after reset; it has as many CPUs as it has.
  public func restarted(cpuCount: Int) -> Self {
    Self(device.restarted(at: .origin, frequency: device.adapter.identity.frequency))
  }

  /// A CPU reads a register.
  public mutating func read(
    _ frame: InterruptControllerFrame, offset: Int, size: Int, cpu: Int
  ) -> UInt32 {
    let register = Self.register(frame, offset, size, cpu)
    return UInt32(truncatingIfNeeded: device.read(at: .origin, register))
  }

  /// A CPU writes a register.
  public mutating func write(
    _ frame: InterruptControllerFrame, offset: Int, size: Int, value: UInt32, cpu: Int
  ) {
    let register = Self.register(frame, offset, size, cpu)
    _ = device.perform(at: .origin, .write(register, UInt64(value)))
  }

  /// Drives the input of a PPI, of a CPU, or of an SPI.
  public mutating func setLine(_ id: Int, cpu: Int, level: Bool) {
    _ = device.perform(at: .origin, .setLine(UInt32(id), cpu: UInt8(cpu), level: level))
  }

  /// Whether the controller asserted IRQ at `cpu` after the last operation.
  public func irqOutput(cpu: Int) -> Bool { device.lines >> UInt32(8 + cpu) & 1 == 1 }

  private static func register(
    _ frame: InterruptControllerFrame, _ offset: Int, _ size: Int, _ cpu: Int
  ) -> DeviceRegister {
    DeviceRegister(
      frame == .distributor ? .distributor : .cpuInterface, UInt32(offset), size: UInt8(size),
      cpu: UInt8(cpu))
  }
}
