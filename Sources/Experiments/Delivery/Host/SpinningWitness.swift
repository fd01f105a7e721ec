internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// A thread that does nothing but look at the clock, on the last of the host's processors: where it stands still,
/// something else than this program had the machine.
///
/// It is an instrument with a cost: one processor. A thread that serves an interrupt is not kept from one as long as
/// there is another.
final class SpinningWitness {
  /// A time in which the thread stood still, in cycles of the host's TSC.
  struct Gap: Sendable {
    /// Why, as far as the kernel knows.
    enum Reason: Sendable {
      /// It gave its processor up, which only a stop of the process makes it do.
      case stopped
      /// Steal time was counted.
      case stolen
      /// Nothing is known.
      case stalled
    }

    let start: UInt64
    let end: UInt64
    let reason: Reason
  }

  /// The shortest gap that is noted, in nanoseconds: longer than a timer's interrupt takes.
  private static let gapMin: UInt64 = 20_000
  /// The longest gap that is a tick's where it held one, in nanoseconds: twice what one takes on a slow host.
  private static let tickMax: UInt64 = 40_000
  /// The most gaps that are kept.
  private static let gapCountMax = 1 << 16

  private let shared = Shared()
  private var thread: HostThread?

  private final class Shared: Sendable {
    let isOver = Atomic<Bool>(false)
    let gaps = Lock<[Gap]>([])
  }

  /// Starts the thread.
  ///
  /// - Parameter kilohertz: The TSC's frequency.
  /// - Throws: ``SystemError`` where there can be no thread, or no memory for what it sees.
  init(kilohertz: Int) throws(SystemError) {
    try HostMemory.demand(
      Self.gapCountMax * MemoryLayout<Gap>.stride, for: "what the witness sees")
    let cyclesPerMillisecond = UInt64(max(kilohertz, 1))
    let least = Self.gapMin * cyclesPerMillisecond / 1_000_000
    let tickMax = Self.tickMax * cyclesPerMillisecond / 1_000_000
    thread = try HostThread(named: "witness") { [shared] in
      HostThread.pinCurrent(to: HostKernel.processors - 1)
      let gaps = Self.watch(for: least, tickMax: tickMax, until: shared.isOver)
      shared.gaps.withLock { $0 = gaps }
    }
  }

  /// Ends it.
  ///
  /// - Returns: The gaps, in the order of time, and the processor time that it took, in nanoseconds.
  func end() -> (gaps: [Gap], time: UInt64) {
    let time = thread?.processorTime() ?? 0
    shared.isOver.store(true, ordering: .relaxed)
    thread.take()?.join()
    return (shared.gaps.withLock { $0 }, time)
  }

  /// *What is not a gap:* time in which another thread had the processor, and the looks at the kernel's counts, which
  /// are made after a gap alone; and a tick of this host's, which each processor has (``WaitGaps``).
  ///
  /// *Why the coarse clock of two looks before:* a tick may come between a look's reading of the TSC and that of the
  /// coarse clock, which has moved then before the gap is seen.
  private static func watch(
    for least: UInt64, tickMax: UInt64, until isOver: borrowing Atomic<Bool>
  ) -> [Gap] {
    var gaps: [Gap] = []
    gaps.reserveCapacity(gapCountMax)
    let processors = ProcessorAccount()
    func steal() -> UInt64 {
      switch processors {
      case .some(let account): account.steal()
      case .none: 0
      }
    }
    var (counts, stolen) = (ThreadCounts.current(), steal())
    var last = HostTSC.now()
    var (older, newer) = (MonotonicClock.coarse(), MonotonicClock.coarse())
    while !isOver.load(ordering: .relaxed) && gaps.count < gapCountMax {
      let now = HostTSC.now()
      let coarse = MonotonicClock.coarse()
      let isTick = coarse != older && now &- last <= tickMax
      (older, newer) = (newer, coarse)
      guard now &- last > least && !isTick else {
        last = now
        continue
      }
      let before = counts
      counts = .current()
      if counts.voluntarySwitches != before.voluntarySwitches {
        gaps.append(Gap(start: last, end: now, reason: .stopped))
      } else if counts.involuntarySwitches == before.involuntarySwitches {
        let stolenBefore = stolen
        stolen = steal()
        gaps.append(
          Gap(start: last, end: now, reason: stolen == stolenBefore ? .stalled : .stolen))
      }
      last = HostTSC.now()
    }
    return gaps
  }
}
