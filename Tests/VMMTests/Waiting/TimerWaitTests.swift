import LinuxHost
import Synchronization
import TestSupport
import Testing
import TimerModels

@testable import VMM

@Suite("Wake-up margin")
struct WakeUpMarginTests {
  /// Latenesses of a host, in nanoseconds, from a seeded generator: 40 to 60 us, and a tail.
  private func lateness(_ random: inout SplitMix64) -> UInt64 {
    let number = random.next()
    return number % 16 == 0 ? 60_000 + number >> 8 % 60_000 : 40_000 + number >> 8 % 20_000
  }

  @Test("255 of 256 wake-ups come within the margin, whatever it began with", arguments: 1...8)
  func quantile(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var margin = WakeUpMargin()
    for _ in 0..<8000 { margin.note(lateness: lateness(&random)) }
    var missed = 0
    for _ in 0..<256_000 {
      let late = lateness(&random)
      if late > margin.nanoseconds { missed += 1 }
      margin.note(lateness: late)
    }
    // Rises and falls cancel out over a long time, so misses are 1 in 256 but for the way between the
    // two ends of the margin's range, which is 255 * step long for each miss.
    #expect((950...1050).contains(missed), "seed \(seed): \(missed)")
  }

  @Test("an outlier moves it no more than any late wake-up, and it stays in its range")
  func outliers() {
    var margin = WakeUpMargin()
    let before = margin.nanoseconds
    margin.note(lateness: .max)
    #expect(margin.nanoseconds == before + 255 * WakeUpMargin.step)
    for _ in 0..<100 { margin.note(lateness: .max) }
    #expect(margin.nanoseconds == WakeUpMargin.nanosecondsMax)
    for _ in 0..<10_000 { margin.note(lateness: 0) }
    #expect(margin.nanoseconds == 0)
  }
}

@Suite("Spin budget")
struct SpinBudgetTests {
  private func instant(_ nanoseconds: UInt64) -> Instant { Instant(nanoseconds: nanoseconds) }

  @Test("what is spent is never more than the share of the time that passed", arguments: 1...20)
  func bound(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let percent = Int(random.next() % 101)
    let start = random.next() % (1 << 40)
    var budget = SpinBudget(percent: percent, at: instant(start))
    var (now, spent): (UInt64, UInt64) = (start, 0)
    for _ in 0..<10_000 {
      now += random.next() % (random.next() % 8 == 0 ? 100_000_000 : 100_000)
      let taken = budget.take(upTo: random.next() % 500_000, at: instant(now))
      let unspent = random.next() % (taken + 1)
      budget.giveBack(unspent)
      spent += taken - unspent
      #expect(spent <= (now - start) * UInt64(percent) / 100, "seed \(seed)")
    }
  }

  @Test("a steady wait gets its share, to the nanosecond")
  func share() {
    var budget = SpinBudget(percent: 15, at: .origin)
    var spent: UInt64 = 0
    for tick in 1...10_000 as ClosedRange<UInt64> {
      spent += budget.take(upTo: 200_000, at: instant(tick * 500_000))
    }
    #expect(spent == 10_000 * 75_000)
  }

  @Test("a long rest saves no more than the bucket holds, and time that goes back earns nothing")
  func limits() {
    var budget = SpinBudget(percent: 1, at: .origin)
    #expect(budget.take(upTo: .max, at: .distantFuture) == SpinBudget.savedMax)
    #expect(budget.take(upTo: .max, at: instant(5)) == 0)
    budget.giveBack(.max - SpinBudget.savedMax)
    #expect(budget.take(upTo: .max, at: .distantFuture) == SpinBudget.savedMax)
  }
}

/// Waits on the host's clock; nothing here says how long one may take.
@Suite("Timer wait", .serialized, .timeLimit(.minutes(5)))
struct TimerWaitTests {
  private let clock = HostClock()

  private func after(_ nanoseconds: UInt64) -> Instant {
    clock.now().adding(nanoseconds: nanoseconds)
  }

  private func budget(percent: Int) -> SharedSpinBudget {
    SharedSpinBudget(SpinBudget(percent: percent, at: clock.now()))
  }

  @Test("a wait that nothing ends lasts until its deadline", arguments: Waiting.Strategy.allCases)
  func deadlines(strategy: Waiting.Strategy) throws {
    KickSignal.install()
    var wait = TimerWait(strategy, budget(percent: 100), clock: clock, notesGaps: false)
    for duration in [0, 1, 1000, 100_000, 3_000_000] as [UInt64] {
      let deadline = after(duration)
      try wait.wait(until: deadline, or: Flag())
      // Only a stray signal ends a sleep early, and nobody sends one here.
      #expect(clock.now() >= deadline, "\(strategy), \(duration) ns")
    }
    #expect((wait.cost.sleeps == 0) == (strategy == .spin))
    // An adaptive wait may find the deadline past when it wakes.
    if strategy != .adaptive { #expect((wait.cost.spinning == 0) == (strategy == .block)) }
  }

  @Test("what is over before it begins costs nothing", arguments: Waiting.Strategy.allCases)
  func over(strategy: Waiting.Strategy) throws {
    let isOver = Flag()
    isOver.set()
    var wait = TimerWait(strategy, budget(percent: 15), clock: clock, notesGaps: false)
    try wait.wait(until: after(3_600_000_000_000), or: isOver)
    try wait.wait(until: nil, or: isOver)
    #expect(wait.cost.lateWakeUps == 0)
  }

  @Test("a kick ends a sleep, and what it is for ends a spin", arguments: Waiting.Strategy.allCases)
  func kicks(strategy: Waiting.Strategy) throws {
    KickSignal.install()
    let (isOver, budget) = (Flag(), budget(percent: 15))
    let thread = try HostThread(named: "waiter") { [clock] in
      var wait = TimerWait(strategy, budget, clock: clock, notesGaps: false)
      while !isOver.isOver {
        // An hour: only the kick ends it within the time limit.
        _ = try? wait.wait(until: clock.now().adding(nanoseconds: 3_600_000_000_000), or: isOver)
      }
    }
    isOver.set()
    thread.interrupt()
    thread.join()
  }

  @Test("a kick for nothing is slept through", arguments: [Waiting.Strategy.block, .adaptive])
  func strayKicks(strategy: Waiting.Strategy) throws {
    KickSignal.install()
    // With a budget of nothing, whatever is spun is too much.
    let (result, budget) = (Result(), budget(percent: 0))
    let thread = try HostThread(named: "waiter") { [clock] in
      var wait = TimerWait(strategy, budget, clock: clock, notesGaps: false)
      _ = try? wait.wait(until: clock.now().adding(nanoseconds: 50_000_000), or: Flag())
      result.cost.withLock { $0 = wait.cost }
    }
    while result.cost.withLock({ $0 == nil }) { thread.interrupt() }
    thread.join()
    let cost = try #require(result.cost.withLock { $0 })
    #expect(cost.sleeps > 1 && cost.spinning == 0)
  }

  @Test("a wait that looks at the clock makes what follows it fast, once", arguments: 1...20)
  func warmUp(_: Int) throws {
    var wait = TimerWait(.spin, budget(percent: 0), clock: clock, notesGaps: false)
    let flag = Flag()
    try wait.wait(until: after(300_000), or: flag)
    // A host that takes the thread away at the wrong moment lets it come too late for that.
    #expect(flag.warmUps.load(ordering: .sequentiallyConsistent) <= 1)
    try wait.wait(until: after(1000), or: flag)
    #expect(flag.warmUps.load(ordering: .sequentiallyConsistent) <= 1)
  }

  @Test("what the budget had not for a margin is counted")
  func shortened() throws {
    KickSignal.install()
    var wait = TimerWait(.adaptive, budget(percent: 0), clock: clock, notesGaps: false)
    for _ in 0..<3 { try wait.wait(until: after(100_000), or: Flag()) }
    #expect(wait.cost.shortened == 3)
    var blocking = TimerWait(.block, budget(percent: 0), clock: clock, notesGaps: false)
    try blocking.wait(until: after(100_000), or: Flag())
    #expect(blocking.cost.shortened == 0)
  }

  private final class Result: Sendable { let cost = Mutex<WaitingCost?>(nil) }

  private final class Flag: WaitCondition, Sendable {
    private let value = Atomic<Bool>(false)
    var isOver: Bool { value.load(ordering: .sequentiallyConsistent) }
    let warmUps = Atomic<Int>(0)
    func warmUp() { warmUps.add(1, ordering: .sequentiallyConsistent) }
    func set() { value.store(true, ordering: .sequentiallyConsistent) }
  }
}
