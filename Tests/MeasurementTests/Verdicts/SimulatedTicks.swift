import Measurement
import TestSupport

/// A timer as KVM drives it, and a vCPU that is late now and then by several periods; seeded, and with the
/// truth kept: which ticks each interrupt was for.
struct SimulatedTicks {
  /// What a fault of the timer looks like.
  enum Fault: CaseIterable { case early, repeated }

  let source: TickSource
  /// The last instant at which it was not set, and the first at which it was.
  let setting: ClosedRange<UInt64>
  private let start: UInt64
  private(set) var runs: [UInt64] = []
  /// The ticks that each run was for; nil for one that repeats.
  private(set) var ticksOfRun: [ClosedRange<Int>?] = []
  private(set) var early = 0
  private(set) var repeated = 0
  private var random: SplitMix64
  /// When the guest can take the next interrupt.
  private var free: UInt64 = 0

  /// A campaign.
  ///
  /// - Parameters:
  ///   - source: The timer.
  ///   - count: How many runs, faults aside.
  ///   - seed: What all numbers follow from.
  ///   - width: How long setting the timer took, in nanoseconds.
  ///   - isEntrySlow: Whether the host may also stop the vCPU between an interrupt's acceptance and the
  ///     handler's first instruction.
  ///   - hasFaults: Whether the timer has faults.
  init(
    _ source: TickSource, count: Int, seed: UInt64, width: UInt64 = 0, isEntrySlow: Bool = false,
    hasFaults: Bool = false
  ) {
    self.source = source
    random = SplitMix64(seed: seed)
    let begun = 1_000_000 + random.next() % 1_000_000
    setting = begun...begun + width
    start = begun + (width > 0 ? random.next() % width : 0)
    var tick = 0
    while runs.count < count {
      let fault =
        hasFaults && random.next() % 50 == 0 ? Fault.allCases.randomElement(using: &random) : nil
      tick = step(tick, isEntrySlow, fault)
    }
  }

  /// The instant of a tick.
  func due(_ tick: Int) -> UInt64 { start + source.first + UInt64(tick) * source.period }

  /// One interrupt, for `tick` and, merged, for what comes until it is accepted.
  private mutating func step(_ tick: Int, _ isEntrySlow: Bool, _ fault: Fault?) -> Int {
    let period = source.period
    // After a merge nothing distinguishes an early run from one of a tick that seemed to be merged.
    let isTold = ticksOfRun.suffix(3).allSatisfy { $0?.count == 1 }
    if fault == .early && isTold && free + period / 2 < due(tick) {
      early += 1
      add(due(tick) - 1 - random.next() % (period / 4), tick...tick)
      return tick + 1
    }
    // One time in thirty the vCPU does not run for up to eight periods.
    let stall = random.next() % 30 == 0 ? random.next() % (8 * period) : 0
    let accepted = max(due(tick), free) + stall
    var last = tick
    if source.backlog == .merged { while due(last + 1) <= accepted { last += 1 } }
    var entry = random.next() % 3000
    if isEntrySlow && random.next() % 30 == 0 {
      entry = random.next() % (3 * period)
    } else if !isEntrySlow && source.backlog == .merged {
      entry = min(entry, due(last + 1) - accepted - 1)
    }
    let run = accepted + entry
    add(run, tick...last)
    if fault == .repeated && run < due(tick) + period / 4 && source.backlog == .queued {
      repeated += 1
      add(free, nil)
    }
    return last + 1
  }

  private mutating func add(_ run: UInt64, _ ticks: ClosedRange<Int>?) {
    runs.append(run)
    ticksOfRun.append(ticks)
    free = run + 1000 + random.next() % 3000
  }
}
