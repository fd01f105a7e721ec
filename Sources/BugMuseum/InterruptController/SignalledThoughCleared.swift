internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `arm-distributor-clear-keeps-signalled`: an interrupt that the distributor made inactive is never
/// signalled again.
///
/// *Where:* KVM for Arm until upstream commit 544c572e0317.
///
/// *What happened:* the timer's level was signalled once, and then not before the guest had ended
/// the interrupt: a flag said so. A guest that boots again, or takes a CPU off and on, does not end
/// what was there but clears it at the distributor, and the flag stayed.
///
/// *The shortest losing schedule:* take an interrupt whose line stays high, clear it in
/// GICD_ICACTIVER, and end it. (GICD_ICPENDR left the flag as well. What is seen of that is what
/// `gic-icpendr-clears-level` shows, so it is right here.)
public struct SignalledThoughCleared: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState
  /// Each CPU's private interrupts that were signalled, and cleared before they were ended.
  private var signalled: PerCPU<UInt32>

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
    signalled = PerCPU(repeating: 0, count: state.cpuCount)
  }

  /// The faulty operation: what is not active any more remains signalled.
  public mutating func clearActive(_ bits: UInt32, word: Int, cpu: Int) {
    if word == 0 { signalled[cpu] |= bits & state.cpus[cpu].bank.active }
    state[word, cpu: cpu].active &= ~bits
  }

  /// Part of the same fault: the level of what is signalled does not count.
  public func pending(word: Int, cpu: Int) -> UInt32 {
    let bank = state[word, cpu: cpu]
    let levels = bank.line & ~bank.edge
    return bank.latched | (word == 0 ? levels & ~signalled[cpu] : levels)
  }

  static let exhibit = Exhibit(
    "arm-distributor-clear-keeps-signalled",
    "an interrupt that the distributor made inactive is never signalled again",
    origin: "Linux KVM until 544c572e0317",
    in: .ppi,
    controller: Self.self, breaks: .lost, by: .init(.raisePPI), .init(.acknowledge),
    .init(.deactivatePPI), .init(.endInterrupt))
}
