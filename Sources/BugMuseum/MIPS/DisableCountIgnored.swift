internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `mips-dc-ignored`: Cause.DC did not stop Count.
///
/// *Where:* KVM for MIPS until upstream commit e30492bbe95a (Linux 3.16). QEMU had the same until
/// 42532189df.
///
/// *What happened:* Count was the host's Count, and that continued, so the bit was stored and had no
/// effect.
///
/// *The shortest losing schedule:* set Cause.DC. The host timer stays armed, and Count moves on.
public struct DisableCountIgnored: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation: Cause.DC does not count as stopping Count.
  public var isCounting: Bool { !state.isMasterDisabled }

  static let exhibit = Exhibit(
    "mips-dc-ignored", "Cause.DC does not stop Count",
    origin: "Linux KVM until e30492bbe95a (3.16), QEMU until 42532189df",
    timer: Self.self, breaks: .armedStopped, by: .setDisable
  )
  .shown(by: "count-continuity", "10")
}
