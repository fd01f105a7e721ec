internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `qemu-mips-write-while-stopped`: what was written to Count and Compare while Cause.DC was set got
/// lost.
///
/// *Where:* QEMU from 42532189df until 3529b538ce.
///
/// *What happened:* the function that stores and arms the timer returned at its beginning where
/// Count was stopped. The arming has to be left out then, the storing has not.
///
/// *The shortest losing schedule:* set Cause.DC, and write Compare.
public struct WriteWhileStopped: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation.
  public mutating func guestWriteCompare(at now: Instant, _ compare: UInt32) {
    guard isCounting else { return acknowledgeTimerInterrupt() }
    let count = freeze(at: now)
    acknowledgeTimerInterrupt()
    state.compare = compare
    resume(at: now, count: count)
  }

  /// Part of the same fault.
  public mutating func guestWriteCount(at now: Instant, _ count: UInt32) {
    guard isCounting else { return }
    _ = freeze(at: now)
    state.bias = count &- state.frequency.ticks(at: now)
    resume(at: now, count: count)
  }

  static let exhibit = Exhibit(
    "qemu-mips-write-while-stopped",
    "what is written to Count and Compare under Cause.DC gets lost",
    origin: "QEMU, 42532189df until 3529b538ce",
    timer: Self.self, breaks: .compareValue, by: .setDisable, .compareNext
  )
  .shown(by: "freeze-race", "5000")
}
