internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-gic-one-pending-bit`: a line that falls leaves its interrupt pending.
///
/// *Where:* QEMU until 8d999995e4.
///
/// *What happened:* a rising line set the pending bit, and a falling one left it. (With one bit for
/// the line and the latch, two more operations had to be wrong: GICD_ICPENDR took a high line away,
/// and the end of an interrupt latched it again.)
///
/// *The shortest losing schedule:* raise the line, and lower it.
public struct OnePendingBit: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation: a high level is latched, however the interrupt is triggered.
  public mutating func setLine(_ id: Int, cpu: Int, level: Bool) {
    let bit: UInt32 = 1 << (id % 32)
    var bank = state[id / 32, cpu: cpu]
    if level {
      bank.latched |= bit
      bank.line |= bit
    } else {
      bank.line &= ~bit
    }
    state[id / 32, cpu: cpu] = bank
  }

  static let exhibit = Exhibit(
    "qemu-gic-one-pending-bit", "a line that falls leaves its interrupt pending",
    origin: "QEMU until 8d999995e4",
    in: .ppi,
    controller: Self.self, breaks: .stale, by: .init(.raisePPI), .init(.lowerPPI)
  )
  .shown(by: "level", cpus: 2)
}
