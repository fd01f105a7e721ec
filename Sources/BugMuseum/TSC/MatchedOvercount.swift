internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `tsc-matched-overcount`: a vCPU whose TSC was written twice was counted twice.
///
/// *Where:* KVM for x86 from upstream commit b48aa97e3820 (Linux 3.8) until 0d3da0d26e3c (3.16).
///
/// *What happened:* every matched write added one to the matched vCPUs. QEMU 2.0 writes each TSC
/// three times before the guest starts: KVM itself when the vCPU is created, QEMU after the
/// initialisation and again after the reset. The count went past the number of vCPUs, which it
/// was to equal.
///
/// *How it showed:* kvmclock was taken for unstable on a single-socket host with a stable TSC.
///
/// *The shortest losing schedule:* create a vCPU and write its TSC, 0, once.
public struct MatchedOvercount: TSCMatchingRules {
  /// All that KVM keeps.
  public var state: TSCMatchingState

  /// Creates a tracker that continues from `state`.
  public init(state: TSCMatchingState) {
    self.state = state
  }

  /// The faulty operation: no check whether the vCPU is in the set already.
  public mutating func count(vcpu: Int) {
    state.matchedCount &+= 1
  }

  static let exhibit = Exhibit(
    "tsc-matched-overcount", "a vCPU whose TSC is written twice is counted twice",
    origin: "Linux KVM, b48aa97e3820 (3.8) until 0d3da0d26e3c (3.16)",
    in: .whole, tracker: Self.self, breaks: .masterClock, by: [.init(.writeZero)])
}
