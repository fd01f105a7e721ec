internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `tsc-first-user-write-slop`: a restored TSC was pulled back to what the kernel had started.
///
/// *Where:* KVM for x86 until upstream commit bf328e22e472 (Linux 6.7).
///
/// *What happened:* a value within a second of what a TSC should show by now is taken for an
/// attempt to write the same, and becomes the same. That held for user space's first value as
/// well, which was compared with the 0 of the vCPU's creation. A guest that had run for less than
/// about a second before it was saved could not get its TSC back.
///
/// *How it showed:* Firecracker's guests, restored from a snapshot, woke up to 1.1 s late.
///
/// *The shortest losing schedule*, at 2.5 GHz: create a vCPU, and 0.1 s later write 2 000 000 000.
/// The guest reads 250 000 000: it has gone back by 0.7 s.
public struct FirstUserWriteSlop: TSCMatchingRules {
  /// All that KVM keeps.
  public var state: TSCMatchingState

  /// Creates a tracker that continues from `state`.
  public init(state: TSCMatchingState) {
    self.state = state
  }

  /// The faulty operation: every value is compared, no matter which side wrote the last one.
  public var comparesWithExpected: Bool { true }

  static let exhibit = Exhibit(
    "tsc-first-user-write-slop", "a restored TSC is pulled back to what the kernel had started",
    origin: "Linux KVM until bf328e22e472 (6.7)",
    in: .whole, tracker: Self.self, breaks: .decision, by: [.init(.passLittle), .init(.writeDue)])
}
