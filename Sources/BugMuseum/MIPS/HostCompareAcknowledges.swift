internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `mips-vz-host-compare-acks`: the host's write of Compare took a pending interrupt away.
///
/// *Where:* KVM for MIPS with hardware support (VZ), avoided by upstream commit 5dee99b24eef.
///
/// *What happened:* the hardware's Compare clears TI when it is written, by guest or host. A host
/// that restored or changed it from outside acknowledged an interrupt that the guest had not seen.
///
/// *The shortest losing schedule:* Count meets Compare, and the host writes another Compare.
public struct HostCompareAcknowledges: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation: what a guest's write does.
  public mutating func hostWriteCompare(at now: Instant, _ compare: UInt32) {
    guestWriteCompare(at: now, compare)
  }

  static let exhibit = Exhibit(
    "mips-vz-host-compare-acks", "the host's write of Compare takes a pending interrupt away",
    origin: "Linux KVM for VZ, before 5dee99b24eef",
    timer: Self.self, breaks: .lost, by: .toMatch, .hostCompareFar)
}
