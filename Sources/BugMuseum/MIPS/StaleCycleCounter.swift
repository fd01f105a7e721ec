internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `mips-rdhwr-cc-stale`: RDHWR of CC returned a stored number instead of Count.
///
/// *Where:* KVM for MIPS until upstream commit e30492bbe95a (Linux 3.16). QEMU had one like it until
/// cdfcad7883.
///
/// *What happened:* the emulation of `rdhwr` read the slot in which Count is kept while it is
/// stopped, and a running Count is not in it.
///
/// *The shortest losing schedule:* let time pass, and read CC and Count at the same instant.
public struct StaleCycleCounter: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation.
  public mutating func readCycleCounter(at now: Instant) -> UInt32 {
    state.staticCount
  }

  static let exhibit = Exhibit(
    "mips-rdhwr-cc-stale", "RDHWR of CC shows a stored number",
    origin: "Linux KVM until e30492bbe95a (3.16)",
    timer: Self.self, breaks: .cycleCounterValue, by: .toTickAfterMatch, .readCycleCounter
  )
  .shown(by: "count-continuity", "10")
}
