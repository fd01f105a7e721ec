internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-gic-targets-ignored`: a shared interrupt is signalled to every CPU.
///
/// *Where:* QEMU until b52b81e44f.
///
/// *What happened:* the search for the interrupt to signal did not look at its targets
/// (GICD_ITARGETSR). Each CPU whose interface was on was interrupted, and the first to read GICC_IAR
/// took it, whether it was meant or not.
///
/// *The shortest losing schedule:* raise the line of an SPI that is targeted at the other CPU.
public struct TargetsIgnored: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation: every CPU is a target.
  public func highestPending(cpu: Int) -> Int? {
    var right = InterruptController(state: state)
    for id in 32..<InterruptControllerState.interruptCount { right.writeTargets(id, 0xff) }
    return right.highestPending(cpu: cpu)
  }

  static let exhibit = Exhibit(
    "qemu-gic-targets-ignored", "a shared interrupt is signalled to every CPU",
    origin: "QEMU until b52b81e44f",
    in: .spi, controller: Self.self, breaks: .stale, by: .init(.raiseSPI))
}
