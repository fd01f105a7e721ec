internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `mips-fixed-10ms-tick`: the timer interrupt came every 10 ms, whatever Compare said.
///
/// *Where:* KVM for MIPS until upstream commit e30492bbe95a (Linux 3.16).
///
/// *What happened:* writing Compare armed the host timer 10 ms ahead, and its callback raised the
/// interrupt and armed it 10 ms ahead again. Count had no part in it: enough for a Linux guest
/// with HZ=100, and for nothing else.
///
/// *The shortest losing schedule*, at 100 MHz: write Compare = Count + 50 000 000, half a second
/// ahead. The interrupt is there after 10 ms.
public struct FixedTick: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation: the distance from Count to Compare does not matter.
  public mutating func resume(at now: Instant, count: UInt32) {
    state.expires = UInt128(now.nanoseconds) + 10_000_000
    state.isArmed = true
  }

  /// Part of the same fault: the host timer's expiry is the interrupt.
  public mutating func wakeUp(at now: Instant) {
    guard state.isArmed, state.expires <= now.nanoseconds else { return }
    raiseTimerInterrupt()
    resume(at: now, count: 0)
  }

  /// Part of the same fault: Count passing Compare is nothing to look for.
  public func isMatchDue(at now: Instant, count: UInt32) -> Bool { false }

  static let exhibit = Exhibit(
    "mips-fixed-10ms-tick", "the interrupt comes every 10 ms, whatever Compare says",
    origin: "Linux KVM until e30492bbe95a (3.16)",
    timer: Self.self, breaks: .early, by: .toJustBeforeMatch, .wake
  )
  .shown(by: "freeze-race", "5000")
}
