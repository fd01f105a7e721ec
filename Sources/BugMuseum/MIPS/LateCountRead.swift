internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-mips-late-count-read`: Count was read past Compare, and no interrupt was pending.
///
/// *Where:* QEMU until e027e1f075.
///
/// *What happened:* a read of Count computed it and did no more, and the interrupt waited for the
/// host timer's callback. Linux compares Count with the Compare it has set, finds it passed, looks
/// at the interrupt, does not find it, and takes the timer for a broken one.
///
/// *The shortest losing schedule:* Count meets Compare, and the guest reads it before the host has
/// been woken.
public struct LateCountRead: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation: a read of Count is only that.
  public mutating func readCount(at now: Instant) -> UInt32 {
    isCounting ? runningCount(at: now) : state.staticCount
  }

  static let exhibit = Exhibit(
    "qemu-mips-late-count-read", "Count is read past Compare, and no interrupt is pending",
    origin: "QEMU until e027e1f075",
    timer: Self.self, breaks: .silentMatch, by: .toMatch, .readCount)
}
