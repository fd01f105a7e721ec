internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-mips-equality-clamp`: a Compare equal to Count matches one tick early.
///
/// *Where:* QEMU, to this day as far as is known.
///
/// *What happened:* the distance from Count to Compare is a 32-bit number, and where it is 0 it is
/// made 2^32 - 1, though the next match is 2^32 ticks away. The callback sets TI without looking.
///
/// *The shortest losing schedule:* write Compare = Count, and wait for the interrupt.
public struct EqualityClamp: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation: a whole wrap has no place in 32 bits.
  public mutating func resume(at now: Instant, count: UInt32) {
    let distance = state.compare == count ? UInt64(UInt32.max) : UInt64(state.compare &- count)
    let delay = state.frequency.nanoseconds(forTicks: distance)
    state.expires = UInt128(now.nanoseconds) + UInt128(delay)
    state.isArmed = true
  }

  /// Part of the same fault: the host timer's expiry is the interrupt.
  public mutating func wakeUp(at now: Instant) {
    guard state.isArmed, state.expires <= now.nanoseconds else { return }
    raiseTimerInterrupt()
    resume(at: now, count: runningCount(at: now))
  }

  static let exhibit = Exhibit(
    "qemu-mips-equality-clamp", "a Compare equal to Count matches one tick early",
    origin: "QEMU, to this day",
    isLiving: true,
    timer: Self.self, breaks: .early, by: .toAlarm, .wake)
}
