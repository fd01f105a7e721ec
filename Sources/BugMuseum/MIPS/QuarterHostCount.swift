internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `mips-count-quarter-host`: the guest's Count was the host's, divided by 4 as a signed number.
///
/// *Where:* KVM for MIPS until upstream commit e30492bbe95a (Linux 3.16).
///
/// *What happened:* `mfc0 Count` returned `read_c0_count() >> 2`, and the host's Count is an `int`
/// there. When it goes from 0x7fffffff to 0x80000000, the guest's goes from 0x1fffffff to
/// 0xe0000000, so that a clock made of it jumps. It also made KVM need a host with a Count.
///
/// *The shortest losing schedule:* read Count before and after the host's wraps to negative: at
/// 100 MHz, in the nanoseconds around 5.368 709 12 s.
public struct QuarterHostCount: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation: an arithmetic shift of a register that has wrapped already.
  public func runningCount(at now: Instant) -> UInt32 {
    let hostCount = Int32(bitPattern: 4 &* state.frequency.ticks(at: now))
    return state.bias &+ UInt32(bitPattern: hostCount >> 2)
  }

  static let exhibit = Exhibit(
    "mips-count-quarter-host", "Count is the host's, shifted as a signed number, and jumps",
    origin: "Linux KVM until e30492bbe95a (3.16)",
    timer: Self.self, breaks: .countValue, by: .toTickAfterMatch)
}
