/// When a thread that looked at the clock stood still, though its scheduler did not take it off the processor.
///
/// An interrupt of the host's does that, firmware, or what is below the host. The host's own timer tick is among them,
/// and is known by its deed: it moves the coarse clock (`CLOCK_MONOTONIC_COARSE`), which is not moved otherwise while
/// a thread executes.
///
/// *Why the coarse clock is read so seldom:* a tick takes longer than `lengthMin`, so it cannot come between two
/// looks without a gap. One reading as the looks begin and one behind each gap are enough, and none is between a
/// deadline and its entry.
///
/// *Where it is blind:* with ticks that do not come to all processors at one instant (`skew_tick=1`) the coarse clock
/// is moved by another one's, and with none at all (`nohz_full`) likewise. No gap holds a tick then, so none has a
/// length, and none is blamed.
public struct WaitGaps: Hashable, Sendable {
  /// By how many nanoseconds a wait ended late because of a gap: the longest such time; 0 for none.
  public internal(set) var overrun: UInt64 = 0
  /// How long that gap was, from before the end of the wait, in nanoseconds.
  public internal(set) var overrunGap: UInt64 = 0
  /// Whether that gap held a tick of the host's.
  public internal(set) var hasTickInOverrun = false
  /// The length of the last gap that held a tick, in nanoseconds; 0 for none.
  public internal(set) var tickGap: UInt64 = 0
  /// Whether a tick came after the last wait's end; false where nothing was waited for.
  public internal(set) var hasTickAfter = false
  /// What the coarse clock showed at the end of the last gap, or as the last wait began to look; nil without a wait.
  var coarse: UInt64?

  /// The shortest gap, in nanoseconds: longer than a look at the slowest of clocks, shorter than any tick.
  static let lengthMin: UInt64 = 2000

  /// Nothing was waited for.
  public init() {}

  /// A thread begins to look at the clock.
  ///
  /// - Parameter coarse: What the coarse clock shows.
  mutating func begin(at coarse: UInt64) { self.coarse = coarse }

  /// Notes the time between two looks, of at least `lengthMin`.
  ///
  /// - Parameters:
  ///   - start: When the first look was, in nanoseconds of any one clock.
  ///   - end: When the second was.
  ///   - deadline: When the wait was to end.
  ///   - coarse: What the coarse clock shows behind the gap.
  mutating func note(from start: UInt64, to end: UInt64, until deadline: UInt64, coarse: UInt64) {
    let length = end &- start
    let hasTick = coarse != self.coarse
    if hasTick { tickGap = length }
    if end > deadline, end - deadline > overrun {
      (overrun, overrunGap, hasTickInOverrun) = (end - deadline, length, hasTick)
    }
    self.coarse = coarse
  }

  /// Ends the notes of an interrupt, and begins those of the next.
  ///
  /// - Parameter coarse: What the coarse clock shows.
  /// - Returns: What was noted since the last call.
  mutating func take(at coarse: UInt64) -> WaitGaps {
    var taken = self
    taken.hasTickAfter = self.coarse != nil && coarse != self.coarse
    self = WaitGaps()
    return taken
  }
}
