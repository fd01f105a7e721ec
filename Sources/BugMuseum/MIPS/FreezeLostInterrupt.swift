internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `mips-freeze-lost-irq`: freezing between Count's step onto Compare and a late expiry lost the
/// interrupt for a whole wrap.
///
/// *Where:* KVM for MIPS from upstream commit e30492bbe95a (Linux 3.16) until 4355c44f063d.
///
/// *What happened:* the host timer is armed from a Count that was rounded down, so it may expire
/// up to one tick after Count has reached Compare. The check for a pending interrupt asked only
/// whether the host timer was due. Frozen in that window, the timer found nothing due; resumed,
/// it saw Compare equal to Count, which is a match one wrap away.
///
/// *How it showed:* guests with hardware virtualised timers, whose soft timer is frozen often,
/// hung after 5 to 10 hours, their time keeping overflowed; with a hypercall made for it, after
/// 30 seconds.
///
/// *The shortest losing schedule*, at 100 MHz: write Compare = Count + 1 at the end of a tick,
/// freeze and resume in the next. The interrupt is due at once and comes 42.95 s late.
public struct FreezeLostInterrupt: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation: the host timer's expiry alone decides.
  public func isMatchDue(at now: Instant, count: UInt32) -> Bool {
    state.expires <= now.nanoseconds
  }

  static let exhibit = Exhibit(
    "mips-freeze-lost-irq",
    "a freeze between a match and a late expiry loses the interrupt for a wrap",
    origin: "Linux KVM, e30492bbe95a (3.16) until 4355c44f063d",
    timer: Self.self, breaks: .lost, by: .toTickEnd, .compareNext, .toMatch, .hostCompareFar
  )
  .shown(by: "freeze-race", "5000")
}
