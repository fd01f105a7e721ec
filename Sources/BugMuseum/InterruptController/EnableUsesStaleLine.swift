internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `gic-enable-uses-stale-line`: enabling an interrupt brings back a level that its line no longer has.
///
/// *Where:* KVM for Arm until upstream commit 16e604a437c8, which calls itself an improvement:
/// hardware may do it too.
///
/// *What happened:* the level of a line was sampled when it rose. While the interrupt was disabled
/// its fall was not looked at, and enabling it delivered what had been sampled.
///
/// *The shortest losing schedule:* raise the line, disable the interrupt, lower the line, and
/// enable the interrupt.
public struct EnableUsesStaleLine: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation: the fall of a disabled interrupt's line is not seen.
  public mutating func setLine(_ id: Int, cpu: Int, level: Bool) {
    let bit: UInt32 = 1 << (id % 32)
    var bank = state[id / 32, cpu: cpu]
    if level {
      bank.latched |= bit & bank.edge & ~bank.line
      bank.line |= bit
    } else if bank.enabled & bit != 0 {
      bank.line &= ~bit
    }
    state[id / 32, cpu: cpu] = bank
  }

  static let exhibit = Exhibit(
    "gic-enable-uses-stale-line",
    "enabling an interrupt brings back a level that its line no longer has",
    origin: "Linux KVM until 16e604a437c8",
    in: .ppi,
    controller: Self.self, breaks: .stale, by: .init(.raisePPI), .init(.disablePPI),
    .init(.lowerPPI), .init(.enablePPI)
  )
  .shown(by: "level", cpus: 2)
}
