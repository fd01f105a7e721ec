internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `mips-host-compare-no-rearm`: the host's write of Compare did not arm the host timer.
///
/// *Where:* KVM for MIPS until upstream commit e30492bbe95a (Linux 3.16).
///
/// *What happened:* the ONE_REG interface stored the value and did nothing else, while the guest's
/// `mtc0` had its own code. A restored guest waited for the interrupt of the Compare before.
///
/// *The shortest losing schedule:* the host writes Compare a little ahead of Count, and the guest
/// sleeps until the interrupt: it comes at the time of the old Compare.
public struct HostCompareWithoutRearm: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation.
  public mutating func hostWriteCompare(at now: Instant, _ compare: UInt32) {
    state.compare = compare
  }

  static let exhibit = Exhibit(
    "mips-host-compare-no-rearm", "the host's write of Compare does not arm the host timer",
    origin: "Linux KVM until e30492bbe95a (3.16)",
    timer: Self.self, breaks: .lost, by: .hostCompareNext, .toMatch)
}
