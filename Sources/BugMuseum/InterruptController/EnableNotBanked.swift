internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-gic-enable-not-banked`: a private interrupt that one CPU enables is enabled at all.
///
/// *Where:* QEMU until 41bf234d8e.
///
/// *What happened:* the enable bits of private interrupts were one for all CPUs.
///
/// *The shortest losing schedule:* disable a PPI at CPU 0, enable it at CPU 1, and raise its line
/// at CPU 0.
public struct EnableNotBanked: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation.
  public mutating func enable(_ bits: UInt32, word: Int, cpu: Int) {
    for other in 0..<state.cpuCount { state[word, cpu: other].enabled |= bits }
  }

  static let exhibit = Exhibit(
    "qemu-gic-enable-not-banked", "a private interrupt that one CPU enables is enabled at all",
    origin: "QEMU until 41bf234d8e",
    in: .ppi,
    controller: Self.self, breaks: .stale, by: .init(.raisePPI), .init(.disablePPI),
    .init(.enablePPI, cpu: 1))
}
