internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-gic-icpendr-all-cpus`: GICD_ICPENDR of a private interrupt clears it at all CPUs.
///
/// *Where:* QEMU, to this day as far as is known; a comment there says that it is unclear whether
/// this is right.
///
/// *What happened:* the pending bits of an interrupt are a mask with a bit a CPU, and the register
/// clears the whole mask, even where the interrupt is a CPU's own.
///
/// *The shortest losing schedule:* make a PPI pending at CPU 0, and clear it at CPU 1.
public struct ClearPendingAtAllCPUs: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation.
  public mutating func clearPending(_ bits: UInt32, word: Int, cpu: Int) {
    let cleared = word == 0 ? bits & ~InterruptControllerState.sgiMask : bits
    for other in 0..<state.cpuCount { state[word, cpu: other].latched &= ~cleared }
  }

  static let exhibit = Exhibit(
    "qemu-gic-icpendr-all-cpus", "GICD_ICPENDR of a private interrupt clears it at all CPUs",
    origin: "QEMU, to this day",
    isLiving: true,
    in: .ppi,
    controller: Self.self, breaks: .lost, by: .init(.setPPI), .init(.clearPPI, cpu: 1))
}
