internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-gic-level-mask-overwrite`: a PPI that rises at one CPU falls at the others.
///
/// *Where:* QEMU until 6453fa998a.
///
/// *What happened:* the levels of a private interrupt are a mask with a bit a CPU, and the macro
/// that sets one assigned the whole mask.
///
/// *The shortest losing schedule:* raise the line of one CPU and then that of the other.
public struct LevelMaskOverwritten: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation: the level of one CPU is the level of all.
  public mutating func setLine(_ id: Int, cpu: Int, level: Bool) {
    let bit: UInt32 = 1 << (id % 32)
    if level, id < 32 {
      for other in 0..<state.cpuCount { state.cpus[other].bank.line &= ~bit }
    }
    var bank = state[id / 32, cpu: cpu]
    bank.latched |= level ? bit & bank.edge & ~bank.line : 0
    bank.line = level ? bank.line | bit : bank.line & ~bit
    state[id / 32, cpu: cpu] = bank
  }

  static let exhibit = Exhibit(
    "qemu-gic-level-mask-overwrite", "a PPI that rises at one CPU falls at the others",
    origin: "QEMU until 6453fa998a",
    in: .ppi,
    controller: Self.self, breaks: .lost, by: .init(.raisePPI), .init(.raisePPI, cpu: 1))
}
