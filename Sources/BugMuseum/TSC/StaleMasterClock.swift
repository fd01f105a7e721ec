internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `tsc-write-stale-masterclock`: a new generation was later than the master clock it was
/// computed from.
///
/// *Where:* KVM for x86 until upstream commit 7f187922ddf6 (Linux 3.19).
///
/// *What happened:* the master clock was computed anew only to switch it on or off. A write that
/// starts a generation on the only vCPU does neither: all are matched before and after. A vCPU
/// whose TSC is caught up then asked what it should show at the master clock's time, which lies
/// before the write, and got a TSC from a negative interval.
///
/// *The shortest losing schedule:* one vCPU that is caught up, entered; then a TSC write that
/// matches nothing, and the next entry. The TSC leaps by years.
public struct StaleMasterClock: TSCMatchingRules {
  /// All that KVM keeps.
  public var state: TSCMatchingState

  /// Creates a tracker that continues from `state`.
  public init(state: TSCMatchingState) {
    self.state = state
  }

  /// The faulty operation: a new generation is not a reason.
  public func requestsUpdate(isNewGeneration: Bool) -> Bool {
    state.usesMasterClock != canUseMasterClock
  }

  static let exhibit = Exhibit(
    "tsc-write-stale-masterclock", "a TSC leaps, computed from a master clock older than itself",
    origin: "Linux KVM until 7f187922ddf6 (3.19)",
    in: .catchUp, tracker: Self.self, breaks: .leap,
    by: [.init(.enter), .init(.passLittle), .init(.writeFar), .init(.enter)])
}
