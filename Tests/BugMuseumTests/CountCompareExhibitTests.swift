import BugMuseum
import Testing
import TimerModels

/// Each exhibit's shortest losing schedule, lost by the exhibit and won by the right timer.
@Suite("MIPS exhibits")
struct CountCompareExhibitTests {
  private func instant(_ nanoseconds: UInt64) -> Instant { Instant(nanoseconds: nanoseconds) }

  @Test("mips-fixed-10ms-tick: an interrupt due in half a second comes after 10 ms")
  func fixedTick() {
    func firstInterrupt(_ start: some CountCompareRules) -> UInt64? {
      var timer = start
      _ = timer.perform(at: .origin, guest: .writeCompare(50_000_000))
      guard let alarm = timer.alarm else { return nil }
      timer.wakeUp(at: alarm)
      return timer.interruptLine ? alarm.nanoseconds : nil
    }
    #expect(firstInterrupt(FixedTick(at: .origin)) == 10_000_000)
    #expect(firstInterrupt(CountCompareTimer(at: .origin)) == 500_000_000)
  }

  @Test("mips-fixed-10ms-tick: an interrupt due in 1 ms does not come when Count is there")
  func fixedTickLate() {
    func isPending(_ start: some CountCompareRules) -> Bool {
      var timer = start
      _ = timer.perform(at: .origin, guest: .writeCompare(100_000))
      return timer.perform(at: instant(1_000_000), guest: .readCount) == 100_000
        && timer.interruptLine
    }
    #expect(!isPending(FixedTick(at: .origin)))
    #expect(isPending(CountCompareTimer(at: .origin)))
  }

  @Test("mips-count-quarter-host: Count jumps when the host's Count becomes negative")
  func quarterHostCount() {
    func step(_ start: some CountCompareRules) -> UInt32 {
      var timer = start
      let before = timer.perform(at: instant(5_368_709_119), guest: .readCount)
      let after = timer.perform(at: instant(5_368_709_120), guest: .readCount)
      return after &- before
    }
    #expect(step(QuarterHostCount(at: .origin)) == 0xe000_0000 &- 0x1fff_ffff)
    #expect(step(CountCompareTimer(at: .origin)) == 1)
  }

  @Test("mips-dc-ignored: Count moves while Cause.DC is set")
  func disableCountIgnored() {
    func movement(_ start: some CountCompareRules) -> UInt32 {
      var timer = start
      _ = timer.perform(at: .origin, guest: .writeCause(CP0Cause.disableCount.rawValue))
      let before = timer.perform(at: .origin, guest: .readCount)
      return timer.perform(at: instant(1_000_000), guest: .readCount) &- before
    }
    #expect(movement(DisableCountIgnored(at: .origin)) == 100_000)
    #expect(movement(CountCompareTimer(at: .origin)) == 0)
  }

  @Test("mips-count-write-dropped: Count continues as if it had not been written")
  func countWriteDropped() {
    func count(_ start: some CountCompareRules) -> UInt32 {
      var timer = start
      _ = timer.perform(at: instant(1000), guest: .writeCount(0))
      return timer.perform(at: instant(1000), guest: .readCount)
    }
    #expect(count(CountWriteDropped(at: .origin)) == 100)
    #expect(count(CountCompareTimer(at: .origin)) == 0)
  }

  @Test("mips-rdhwr-cc-stale: CC and Count differ at the same instant")
  func staleCycleCounter() {
    func difference(_ start: some CountCompareRules) -> UInt32 {
      var timer = start
      let count = timer.perform(at: instant(1000), guest: .readCount)
      return count &- timer.perform(at: instant(1000), guest: .readCycleCounter)
    }
    #expect(difference(StaleCycleCounter(at: .origin)) == 100)
    #expect(difference(CountCompareTimer(at: .origin)) == 0)
  }

  @Test("mips-host-compare-no-rearm: the alarm stays where the old Compare had it")
  func hostCompareWithoutRearm() throws {
    func alarm<Timer: CountCompareRules>(_: Timer.Type) throws -> Instant? {
      var timer = Timer(at: .origin)
      try timer.perform(at: .origin, host: .writeCompare(100))
      return timer.alarm
    }
    #expect(try alarm(HostCompareWithoutRearm.self) == instant(42_949_672_960))
    #expect(try alarm(CountCompareTimer.self) == instant(1000))
  }

  @Test("mips-compare-ack-race: TI is set under a Compare that is far away")
  func compareAcknowledgeRace() {
    func isPending(_ start: some CountCompareRules) -> Bool {
      var timer = start
      _ = timer.perform(at: .origin, guest: .writeCompare(100))
      _ = timer.perform(at: instant(1000), guest: .writeCompare(1_000_000))
      return timer.interruptLine
    }
    #expect(isPending(CompareAcknowledgeRace(at: .origin)))
    #expect(!isPending(CountCompareTimer(at: .origin)))
  }
}
