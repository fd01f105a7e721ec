internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-gic-sgi-source`: of two SGIs from two CPUs one is forgotten.
///
/// *Where:* QEMU until 40d225009e.
///
/// *What happened:* an SGI had a pending bit and no memory of who had sent it: the second one
/// before the first was taken was no second one.
///
/// *The shortest losing schedule:* send the same SGI to a CPU from both CPUs, and take one.
public struct SGISourceForgotten: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation: the last source is the only one.
  public mutating func addSources(_ sources: UInt8, ofSGI id: Int, cpu: Int) {
    state.cpus[cpu].sources[id] = sources
    state.cpus[cpu].bank.latched |= 1 << id
  }

  static let exhibit = Exhibit(
    "qemu-gic-sgi-source", "of two SGIs from two CPUs one is forgotten",
    origin: "QEMU until 40d225009e",
    in: .sgi,
    controller: Self.self, breaks: .wrongAcknowledge, by: .init(.sendToSelf),
    .init(.sendToOther, cpu: 1), .init(.acknowledge))
}
