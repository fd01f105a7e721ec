internal import Exploration
public import TimerModels
public import TimerWorlds

/// `mips-cause-rmw-lost-ti`: a guest's write of Cause lost a timer interrupt that came in its middle.
///
/// *Where:* KVM for MIPS until "MIPS: KVM: Fix timer race modifying guest CP0_Cause" (2014).
///
/// *What happened:* Cause was fetched, changed and stored in steps, and the host timer's callback
/// sets TI in the same word from another context. What it set in between was overwritten. The
/// guest's timer was not armed again before the next match: time stood still for a wrap of Count.
///
/// *The shortest losing schedule:* the guest's write begins, Count meets Compare, the host timer's
/// callback runs, the write ends.
public struct CauseWriteLosesInterrupt: CountCompareHost {
  /// The timer.
  public var timer: CountCompareTimer
  private var fetched: CP0Cause = []

  /// Takes a timer into use.
  public init(timer: CountCompareTimer) {
    self.timer = timer
  }

  /// The faulty operation, its first half: the word is fetched.
  public mutating func beginWritingCause(at now: Instant) {
    fetched = timer.readCause(at: now)
  }

  /// The faulty operation, its second half: the word is stored as it was fetched, but for the bits
  /// that are written.
  public mutating func finishWritingCause(at now: Instant, _ cause: CP0Cause) {
    let kept = fetched.subtracting(.guestWritable)
    timer.state.cause = timer.state.cause.intersection(.guestWritable).union(kept)
    timer.guestWriteCause(at: now, cause)
    fetched = []
  }

  static let exhibit = Exhibit(
    "mips-cause-rmw-lost-ti", "a write of Cause loses an interrupt that comes in its middle",
    origin: "Linux KVM until \"Fix timer race modifying guest CP0_Cause\" (2014)",
    in: .splitCause, host: Self.self, breaks: .lost,
    by: .beginCause, .toMatch, .wake, .finishCause)
}
