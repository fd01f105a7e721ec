/// What may be done to a GICv2 from outside, whatever it is made of.
///
/// The models adopt it by ``InterruptControllerRules``; a device of another vendor's, by its registers.
public protocol InterruptControllerInterface: Hashable, Sendable {
  /// Another controller of this kind, as after reset.
  ///
  /// - Parameter cpuCount: How many CPUs it serves, 1 to 8.
  /// - Returns: The controller.
  func restarted(cpuCount: Int) -> Self

  /// A CPU reads a register; mutating because of GICC_IAR.
  mutating func read(_ frame: InterruptControllerFrame, offset: Int, size: Int, cpu: Int) -> UInt32

  /// A CPU writes a register.
  mutating func write(
    _ frame: InterruptControllerFrame, offset: Int, size: Int, value: UInt32, cpu: Int)

  /// Drives the input of a PPI, of a CPU, or of an SPI.
  mutating func setLine(_ id: Int, cpu: Int, level: Bool)

  /// Whether a copy can be tried something out on, without the controller noticing.
  var isCopyable: Bool { get }

  /// Whether the controller asserts IRQ at `cpu`.
  func irqOutput(cpu: Int) -> Bool
}

extension InterruptControllerInterface {
  /// True: a model is a value.
  public var isCopyable: Bool { true }
}
