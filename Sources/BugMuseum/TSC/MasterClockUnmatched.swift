internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `tsc-masterclock-unmatched`: one master clock for vCPUs whose TSCs differed.
///
/// *Where:* KVM for x86 before upstream commit b48aa97e3820 (Linux 3.8), which came with the
/// master clock.
///
/// *What happened:* with a master clock all vCPUs compute the time from the same two numbers and
/// their own TSC, without a check between them. Where the TSCs are not the same, neither is the
/// time: it goes back when a thread moves from one vCPU to another.
///
/// *The shortest losing schedule:* two vCPUs, and a TSC write to one of them, 10 s away.
public struct MasterClockUnmatched: TSCMatchingRules {
  /// All that KVM keeps.
  public var state: TSCMatchingState

  /// Creates a tracker that continues from `state`.
  public init(state: TSCMatchingState) {
    self.state = state
  }

  /// The faulty operation: the host's clock alone decides.
  public var canUseMasterClock: Bool { state.host.isClockSource }

  static let exhibit = Exhibit(
    "tsc-masterclock-unmatched", "one master clock for vCPUs whose TSCs differ",
    origin: "Linux KVM until b48aa97e3820 (3.8)",
    in: .whole, tracker: Self.self, breaks: .masterClock, by: [.init(.writeFar, vcpu: 1)])
}
