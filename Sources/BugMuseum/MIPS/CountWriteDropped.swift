internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `mips-count-write-dropped`: a guest's write of Count had no effect.
///
/// *Where:* KVM for MIPS until upstream commit e30492bbe95a (Linux 3.16).
///
/// *What happened:* the code supposed that Linux never writes the register, and left it alone.
///
/// *The shortest losing schedule:* write Count = 0 some time after the start, and read it.
public struct CountWriteDropped: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation.
  public mutating func guestWriteCount(at now: Instant, _ count: UInt32) {}

  static let exhibit = Exhibit(
    "mips-count-write-dropped", "a guest's write of Count has no effect",
    origin: "Linux KVM until e30492bbe95a (3.16)",
    timer: Self.self, breaks: .countValue, by: .countBefore, .readCount)
}
