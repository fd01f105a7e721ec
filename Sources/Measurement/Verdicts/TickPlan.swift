/// A periodic timer that counts by itself: the guest sets it once, and no interrupt says for which of
/// its ticks it is.
public struct TickSource: Hashable, Sendable {
  /// What becomes of ticks for which the guest does not take an interrupt in time.
  public enum Backlog: Hashable, Sendable {
    /// Each has an interrupt in the end, one after the other: KVM's PIT, which injects again.
    case queued
    /// They share one interrupt: a local APIC, which has one bit for all of them.
    case merged
  }

  /// From when the timer is set to its first tick, in nanoseconds.
  public var first: UInt64
  /// From a tick to the next, in nanoseconds; at least 1.
  public var period: UInt64
  /// What becomes of ticks that wait.
  public var backlog: Backlog

  /// Creates a source.
  public init(first: UInt64, period: UInt64, backlog: Backlog) {
    (self.first, self.period, self.backlog) = (first, period, backlog)
  }
}

/// The ticks of a ``TickSource``, and the runs of a handler that are theirs.
///
/// *What is known:* the period, exactly; two instants between which the timer was set; and that no
/// interrupt comes before its tick, unless the timer is at fault. So the start is the latest, between
/// those instants, from which no run is before its tick. A run that is too soon even with the earliest
/// start is early.
///
/// Which tick a run is for depends on the backlog, and not on which tick is nearest: after a delay of
/// several periods a queue is worked off in a burst, each run of which is late.
/// - *Queued:* the n-th run is for the n-th tick.
/// - *Merged:* a run is for all ticks since the run before. If there is none, one of those that the run
///   before took came after that one's acceptance, and before its first instruction: it has a run of its
///   own. Likewise for the run before that, and no further: three such in a row are a timer at fault.
///
/// A run for which there is no tick is for the next one, if that is at most half a period away, and early;
/// else it repeats the one before.
///
/// *Undecidable:* ticks of a queue that were due by the last run, and had none, may be waiting or lost:
/// the next runs would tell, and there are none. They are no part of the plan; ``owed`` counts them.
/// Likewise, where setting the timer took longer than a period, ticks before the first run.
public struct TickPlan: Sendable {
  /// The ticks, in nanoseconds, in ascending order.
  public let ticks: [UInt64]
  /// For each run the numbers of its ticks: for one that repeats, of the run's before; nil where there is
  /// none before.
  public let ticksOfRun: [ClosedRange<Int>?]
  /// How many more ticks were due by the last run; 0 where they merge.
  public let owed: Int

  /// Finds the ticks.
  ///
  /// *Why a loop:* an earlier start makes a tick due for the run that came before it, but for other runs
  /// there may then be none. It ends, as each turn's start is before the one of the last.
  ///
  /// - Parameters:
  ///   - source: The timer.
  ///   - setting: The last instant at which it surely was not set, and the first at which it was, in
  ///     nanoseconds.
  ///   - runs: When its handler ran, in nanoseconds, in ascending order.
  public init(_ source: TickSource, setBetween setting: ClosedRange<UInt64>, runs: [UInt64]) {
    var start = setting.upperBound
    var matching = source.match(runs, from: start, notBefore: setting.lowerBound)
    while matching.advance > 0 {
      start -= matching.advance
      matching = source.match(runs, from: start, notBefore: setting.lowerBound)
    }
    let lasts = matching.lasts
    let count = lasts.last.map { $0 + 1 } ?? 0
    ticks = (0..<count).map { source.due($0, from: start) }
    ticksOfRun = lasts.indices.map { run in
      let before = run > 0 ? lasts[run - 1] : -1
      return lasts[run] < 0 ? nil : min(before + 1, lasts[run])...lasts[run]
    }
    let due = runs.last.map { source.ticksDue(by: $0, from: start) } ?? 0
    owed = source.backlog == .queued ? max(due - count, 0) : 0
  }
}

extension TickSource {
  fileprivate func due(_ tick: Int, from start: UInt64) -> UInt64 {
    start + first + UInt64(tick) * period
  }

  /// How many ticks are due at an instant.
  fileprivate func ticksDue(by instant: UInt64, from start: UInt64) -> Int {
    instant < start + first ? 0 : Int((instant - start - first) / period) + 1
  }

  /// Gives each run the last of its ticks; one that repeats has the same as the one before, or -1.
  ///
  /// - Returns: Those numbers, in rising order; and by how much the start must be earlier, though no
  ///   earlier than `earliest`, for the runs that are before their tick, or 0.
  fileprivate func match(
    _ runs: [UInt64], from start: UInt64, notBefore earliest: UInt64
  ) -> (lasts: [Int], advance: UInt64) {
    var lasts: [Int] = []
    var advance: UInt64 = 0
    for run in runs {
      let before = lasts.last ?? -1
      let newest = ticksDue(by: run, from: start) - 1
      if newest > before {
        lasts.append(backlog == .queued ? before + 1 : newest)
        continue
      }
      if backlog == .merged && passOn(&lasts) { continue }
      let earliness = due(before + 1, from: start) - run
      if earliness <= start - earliest { advance = max(advance, earliness) }
      lasts.append(earliness <= period / 2 ? before + 1 : before)
    }
    return (lasts, advance)
  }

  /// Has the last run leave its newest tick to a new one, if it has or gets another.
  private func passOn(_ lasts: inout [Int]) -> Bool {
    for run in lasts.indices.suffix(2).reversed() {
      let before = run > 0 ? lasts[run - 1] : -1
      guard lasts[run] - before > 1 else { continue }
      let newest = lasts[lasts.count - 1]
      for index in run..<lasts.count { lasts[index] -= 1 }
      lasts.append(newest)
      return true
    }
    return false
  }
}
