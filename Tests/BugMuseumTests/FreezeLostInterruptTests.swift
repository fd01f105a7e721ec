import BugMuseum
import Testing
import TimerModels

@Suite("mips-freeze-lost-irq")
struct FreezeLostInterruptTests {
  /// Arms the timer one tick ahead at the end of a tick, and freezes and thaws it in the next.
  private func isInterruptPending<Timer: CountCompareRules>(
    _: Timer.Type, frozenAt moment: UInt64
  ) throws -> Bool {
    var timer = Timer(at: .origin)
    let armed = Instant(nanoseconds: 1_000_000_009)
    _ = timer.perform(at: armed, guest: .writeCompare(100_000_001))
    let now = Instant(nanoseconds: moment)
    try timer.perform(at: now, host: .writeControl(1))
    try timer.perform(at: now, host: .writeControl(0))
    // Long after, in any measure but that of wraps.
    timer.wakeUp(at: now.adding(nanoseconds: 1_000_000_000))
    return timer.interruptLine
  }

  @Test(
    "In each nanosecond between Count's step and the expiry, the freeze loses the interrupt",
    arguments: UInt64(1_000_000_010)...1_000_000_018)
  func lost(moment: UInt64) throws {
    #expect(try !isInterruptPending(FreezeLostInterrupt.self, frozenAt: moment))
    #expect(try isInterruptPending(CountCompareTimer.self, frozenAt: moment))
  }

  @Test("Before the step and from the expiry on, nothing is lost", arguments: [9, 19, 20, 1000])
  func notLost(offset: UInt64) throws {
    #expect(try isInterruptPending(FreezeLostInterrupt.self, frozenAt: 1_000_000_000 + offset))
  }

  @Test("The lost interrupt comes one wrap late")
  func oneWrapLate() {
    var timer = FreezeLostInterrupt(at: .origin)
    _ = timer.perform(at: Instant(nanoseconds: 1_000_000_009), guest: .writeCompare(100_000_001))
    let frozen = Instant(nanoseconds: 1_000_000_012)
    _ = timer.perform(at: frozen, guest: .writeCause(CP0Cause.disableCount.rawValue))
    _ = timer.perform(at: frozen, guest: .writeCause(0))
    #expect(timer.alarm == frozen.adding(nanoseconds: 42_949_672_960))
  }
}
