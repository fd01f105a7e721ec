internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `tsc-usdiff-elapsed-in-place`: the time since the last write was a thousand times too short.
///
/// *Where:* KVM for x86 from Linux 3.4 to 4.11, found by reading; no report of it is known.
///
/// *What happened:* the comparison in microseconds divided the nanoseconds since the last write
/// where they stood (`do_div`), and on a host whose TSC is unstable the same variable then told
/// how many cycles to add to a matched write.
///
/// *The shortest losing schedule:* on an unstable host, write 0 to a vCPU some time after it was
/// created. In numbers, at 2.5 GHz on an unstable host: write a value to one vCPU, and
/// the same to another 0.2 s later. The second is 499 500 000 cycles behind the first.
public struct ElapsedInPlace: TSCMatchingRules {
  /// All that KVM keeps.
  public var state: TSCMatchingState

  /// Creates a tracker that continues from `state`.
  public init(state: TSCMatchingState) {
    self.state = state
  }

  /// The faulty operation: microseconds, converted as if they were nanoseconds.
  public func compensation(at now: TSCHostTime, vcpu: Int) -> UInt64 {
    state.vcpus[vcpu].frequency.cycles(in: elapsed(at: now) / 1000)
  }

  static let exhibit = Exhibit(
    "tsc-usdiff-elapsed-in-place", "the time since the last write is a thousand times too short",
    origin: "Linux KVM, 3.4 to 4.11",
    in: .unstable, tracker: Self.self, breaks: .value,
    by: [.init(.passLittle), .init(.writeZero)])
}
