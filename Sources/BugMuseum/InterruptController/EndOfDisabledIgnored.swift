internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `bhyve-gic-eoi-of-disabled`: the end of an interrupt that has been disabled is ignored.
///
/// *Where:* CheriBSD's bhyve for Arm, until its pull request 2692 (2026).
///
/// *What happened:* a handler that disables its interrupt before it ends it is a usual one. The
/// interrupt controller dropped such an end: the interrupt stayed active, and the CPU took no other
/// any more.
///
/// *The shortest losing schedule:* take an interrupt, disable it, and end it.
public struct EndOfDisabledIgnored: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation.
  public mutating func endInterrupt(_ value: UInt32, cpu: Int) {
    let id = Int(value & 0x3ff)
    guard id < InterruptControllerState.interruptCount,
      state[id / 32, cpu: cpu].enabled >> (id % 32) & 1 == 1
    else { return }
    state.cpus[cpu].acknowledged &= ~(1 << id)
    let levels = state.cpus[cpu].activePriorities
    state.cpus[cpu].activePriorities = levels & (levels &- 1)
    if !state.cpus[cpu].splitsCompletion { state[id / 32, cpu: cpu].active &= ~(1 << (id % 32)) }
  }

  static let exhibit = Exhibit(
    "bhyve-gic-eoi-of-disabled", "the end of an interrupt that has been disabled is ignored",
    origin: "CheriBSD's bhyve, PR 2692",
    in: .ppi,
    controller: Self.self, breaks: .activeValue, by: .init(.raisePPI), .init(.acknowledge),
    .init(.disablePPI), .init(.endInterrupt))
}
