internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-gic-ppi-forced-edge`: GICD_ICFGR shows PPIs as edge-triggered.
///
/// *Where:* QEMU until de7a900f0c.
///
/// *What happened:* all private interrupts were made edge-triggered, though only SGIs are. (Two
/// more commits, 71a62046ae and 24b790df43, ended a wrong decoding of the register.) Here only what
/// a read shows is wrong; `arm-edge-timer-stale-irq` is what it does.
///
/// *The shortest losing schedule:* read GICD_ICFGR.
public struct PrivateInterruptsReadAsEdge: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation.
  public func readConfiguration(index: Int, cpu: Int) -> UInt32 {
    if index < 2 { return 0xaaaa_aaaa }
    let edge = state[index / 2, cpu: cpu].edge >> (16 * UInt32(index % 2))
    return (0..<16).reduce(0) { $0 | (edge >> $1 & 1) << (2 * $1 + 1) }
  }

  static let exhibit = Exhibit(
    "qemu-gic-ppi-forced-edge", "GICD_ICFGR shows PPIs as edge-triggered",
    origin: "QEMU until de7a900f0c",
    in: .ppi,
    controller: Self.self, breaks: .configurationValue
  )
  .shown(by: "level", cpus: 2)
}
