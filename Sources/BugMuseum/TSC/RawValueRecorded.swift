internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `tsc-raw-value-recorded`: a matched write is remembered as written, not as it came out.
///
/// *Where:* KVM for x86 to this day. Upstream has seen patches for it since 2024: David
/// Woodhouse, "KVM: x86: Improve synchronization in kvm_synchronize_tsc()".
///
/// *What happens:* a matched write gives the vCPU the TSC of its generation; later writes are
/// compared with the value that was asked for. Two things follow.
/// - A vCPU plugged in is written 0, and from then on the VM's TSCs are expected to be near 0: the
///   value that all of them really show starts a new generation.
/// - The window moves with each sloppy value, so that a value nearly two seconds away from what
///   the TSCs show can match as well.
///
/// `TSCRuleSet.repaired` is the right behaviour; a prediction for a kernel has to do without it.
///
/// *The shortest losing schedules:* (1) write a TSC, create a vCPU 1000 s later, and write it what
/// the first one shows; (2) write the value that is due, plus 0.9 s, plus 1.8 s, at one moment.
public struct RawValueRecorded: TSCMatchingRules {
  /// All that KVM keeps.
  public var state: TSCMatchingState

  /// Creates a tracker that continues from `state`.
  public init(state: TSCMatchingState) {
    self.state = state
  }

  /// The faulty operation: what came of the value does not matter.
  public func recordedValue(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64, offset: UInt64, isMatched: Bool
  ) -> UInt64 {
    value
  }

  static let exhibit = Exhibit(
    "tsc-raw-value-recorded", "a matched write is remembered as written, not as it came out",
    origin: "Linux KVM, to this day",
    isLiving: true,
    in: .repaired, tracker: Self.self, breaks: .decision,
    by: [.init(.writeFar), .init(.writeZero, vcpu: 1), .init(.writeDue, vcpu: 2)])
}
