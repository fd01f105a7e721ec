import Testing
import TimerModels

private func instant(_ nanoseconds: UInt64) -> Instant { Instant(nanoseconds: nanoseconds) }

private let dc = CP0Cause.disableCount.rawValue
private let wrap: UInt64 = 42_949_672_960

@Suite("Count/Compare timer")
struct CountCompareTimerTests {
  @Test("A new timer counts from zero at 100 MHz and owes nothing for a whole wrap")
  func start() {
    var timer = CountCompareTimer(at: instant(77))
    #expect(timer.perform(at: instant(77), guest: .readCount) == 0)
    #expect(timer.alarm == instant(77 + wrap))
    #expect(timer.state.frequency.hertz == 100_000_000)
    #expect(timer.state.frequency.wrapNanoseconds == wrap)
    timer.wakeUp(at: instant(77 + wrap - 10))
    #expect(!timer.interruptLine)
    timer.wakeUp(at: instant(77 + wrap))
    #expect(timer.interruptLine)
    #expect(timer.alarm == instant(77 + 2 * wrap))
  }

  @Test("Every one of upstream's nine accesses, and the rest, reads what another wrote")
  func accesses() throws {
    var timer = CountCompareTimer(at: .origin)
    let now = instant(1000)
    #expect(timer.perform(at: now, guest: .writeCount(5)) == 0)
    #expect(timer.perform(at: now, guest: .readCount) == 5)
    #expect(timer.perform(at: now, guest: .readCycleCounter) == 5)
    #expect(try timer.perform(at: now, host: .readCount) == 5)
    #expect(try timer.perform(at: now, host: .writeCount(9)) == 0)
    #expect(timer.perform(at: now, guest: .readCount) == 9)
    #expect(timer.perform(at: now, guest: .writeCompare(0xffff_fff0)) == 0)
    #expect(try timer.perform(at: now, host: .readCompare) == 0xffff_fff0)
    #expect(try timer.perform(at: now, host: .writeCompare(0xffff_fff1)) == 0)
    #expect(timer.perform(at: now, guest: .readCompare) == 0xffff_fff1)
    #expect(timer.perform(at: now, guest: .writeCause(0xffff_ffff)) == 0)
    #expect(timer.perform(at: now, guest: .readCause) == 0x0880_0300)
    #expect(try timer.perform(at: now, host: .readCause) == 0x0880_0300)
    #expect(try timer.perform(at: now, host: .writeCause(0x1234_5678)) == 0)
    #expect(timer.perform(at: now, guest: .readCause) == 0x1234_5678)
    try timer.perform(at: now, host: .writeCause(0xb7ff_ffff))
    #expect(timer.perform(at: now, guest: .readCause) == 0xb7ff_7fff)
    #expect(try timer.perform(at: now, host: .readControl) == 0)
    try timer.perform(at: now, host: .writeControl(1))
    #expect(try timer.perform(at: now, host: .readControl) == 1)
    #expect(try timer.perform(at: now, host: .readResume) == 1000)
    try timer.perform(at: now, host: .writeResume(999))
    #expect(try timer.perform(at: now, host: .readResume) == 999)
    #expect(try timer.perform(at: now, host: .readFrequency) == 100_000_000)
    try timer.perform(at: now, host: .writeFrequency(1))
    #expect(try timer.perform(at: now, host: .readFrequency) == 1)
  }

  @Test("Compare in the future is reached on the tick, and acknowledged by writing Compare")
  func matchAndAcknowledge() {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: .origin, guest: .writeCompare(5))
    #expect(timer.alarm == instant(50))
    #expect(timer.perform(at: instant(49), guest: .readCount) == 4)
    #expect(!timer.interruptLine)
    #expect(timer.perform(at: instant(50), guest: .readCount) == 5)
    #expect(timer.interruptLine)
    #expect(timer.alarm == instant(50 + wrap))
    _ = timer.perform(at: instant(55), guest: .writeCompare(5))
    #expect(!timer.interruptLine)
    #expect(timer.alarm == instant(50 + wrap))
  }

  @Test("The host's write of Compare acknowledges nothing, and of the same value does nothing")
  func hostCompare() {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: .origin, guest: .writeCompare(5))
    timer.wakeUp(at: instant(50))
    timer.hostWriteCompare(at: instant(60), 100)
    #expect(timer.interruptLine)
    #expect(timer.alarm == instant(60 + 940))
    let before = timer
    // Off a tick's edge, where arming anew would move the alarm.
    timer.hostWriteCompare(at: instant(75), 100)
    #expect(timer == before)
  }

  @Test("Writing Compare equal to Count, or Count equal to Compare, matches one wrap later")
  func equality() {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: instant(1000), guest: .writeCompare(100))
    #expect(timer.alarm == instant(1000 + wrap))
    _ = timer.perform(at: instant(1500), guest: .writeCount(100))
    #expect(timer.alarm == instant(1500 + wrap))
    #expect(timer.perform(at: instant(1509), guest: .readCause) == 0)
  }

  @Test("An old match is delivered before a new Compare, and does not survive the acknowledgement")
  func acknowledgementOrder() {
    var timer = CountCompareTimer(at: instant(9))
    _ = timer.perform(at: instant(19), guest: .writeCompare(2))
    // Count has reached 2, but the host has not woken the model.
    _ = timer.perform(at: instant(100), guest: .writeCompare(1_000_000))
    #expect(!timer.interruptLine)
    #expect(timer.perform(at: instant(5000), guest: .readCause) == 0)
  }

  @Test("A match that the host was late for is not lost when Count is written")
  func matchBeforeCountWrite() {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: .origin, guest: .writeCompare(5))
    _ = timer.perform(at: instant(60), guest: .writeCount(0))
    #expect(timer.interruptLine)
  }

  @Test("Cause.DC stops Count, keeps TI, and Count continues from where it stood")
  func causeDisable() {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: .origin, guest: .writeCompare(100))
    _ = timer.perform(at: instant(405), guest: .writeCause(dc))
    #expect(timer.alarm == nil)
    #expect(timer.perform(at: instant(900_000), guest: .readCount) == 40)
    timer.wakeUp(at: instant(900_000))
    #expect(!timer.interruptLine)
    _ = timer.perform(at: instant(1_000_000), guest: .writeCause(0))
    #expect(timer.perform(at: instant(1_000_000), guest: .readCount) == 40)
    #expect(timer.alarm == instant(1_000_600))
    timer.wakeUp(at: instant(1_000_600))
    _ = timer.perform(at: instant(1_000_700), guest: .writeCause(dc))
    #expect(timer.interruptLine)
  }

  @Test("While stopped, Count and Compare are stored and nothing is armed")
  func writesWhileStopped() {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: instant(10), guest: .writeCause(dc))
    _ = timer.perform(at: instant(20), guest: .writeCount(0x7ffe))
    _ = timer.perform(at: instant(30), guest: .writeCompare(0x8000))
    #expect(timer.alarm == nil)
    #expect(timer.perform(at: instant(40), guest: .readCount) == 0x7ffe)
    _ = timer.perform(at: instant(50), guest: .writeCause(0))
    #expect(timer.alarm == instant(70))
  }

  @Test("Restored TI survives a match around the write, with DC rising and with DC falling")
  func hostCauseOrder() throws {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: .origin, guest: .writeCompare(5))
    // The match at 50 ns comes before the write, which says that nothing is pending.
    try timer.perform(at: instant(60), host: .writeCause(dc))
    #expect(timer.perform(at: instant(60), guest: .readCause) == dc)
    try timer.perform(at: instant(70), host: .writeCause(1 << 30))
    #expect(timer.interruptLine)
    #expect(timer.perform(at: instant(70), guest: .readCause) == 1 << 30 | 1 << 15)
  }

  @Test("The master disable stops Count, and its end lets Count go on as if it never had")
  func masterDisable() throws {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: .origin, guest: .writeCompare(100))
    try timer.perform(at: instant(405), host: .writeControl(1))
    #expect(try timer.perform(at: instant(500), host: .readResume) == 405)
    #expect(timer.perform(at: instant(9000), guest: .readCount) == 40)
    #expect(timer.alarm == nil)
    var short = timer
    try short.perform(at: instant(999), host: .writeControl(0))
    #expect(!short.interruptLine)
    #expect(short.alarm == instant(1009))
    #expect(short.perform(at: instant(999), guest: .readCount) == 99)
    // However many wraps are missed, they are one interrupt.
    try timer.perform(at: instant(1000 + 5 * wrap), host: .writeControl(0))
    #expect(timer.interruptLine)
    #expect(timer.alarm == instant(1000 + 6 * wrap))
    _ = timer.perform(at: instant(1000 + 5 * wrap), guest: .writeCompare(100))
    #expect(timer.perform(at: instant(1005 + 5 * wrap), guest: .readCause) == 0)
  }

  @Test("COUNT_RESUME set to the present leaves the stopped time out of Count")
  func resumeTime() throws {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: .origin, guest: .writeCompare(100))
    try timer.perform(at: instant(405), host: .writeControl(1))
    try timer.perform(at: instant(1_000_000), host: .writeResume(1_000_000))
    try timer.perform(at: instant(1_000_100), host: .writeControl(0))
    #expect(timer.perform(at: instant(1_000_100), guest: .readCount) == 50)
    #expect(!timer.interruptLine)
    #expect(timer.alarm == instant(1_000_600))
  }

  @Test("A timer saved on one machine and restored on another loses neither Count nor TI")
  func migration() throws {
    var source = CountCompareTimer(at: .origin)
    _ = source.perform(at: .origin, guest: .writeCompare(100))
    try source.perform(at: instant(1005), host: .writeControl(1))
    let cause = try source.perform(at: instant(1005), host: .readCause)
    let count = try source.perform(at: instant(1005), host: .readCount)
    let compare = try source.perform(at: instant(1005), host: .readCompare)

    let now: UInt64 = 987_654_321
    var target = CountCompareTimer(at: instant(5))
    try target.perform(at: instant(now), host: .writeControl(1))
    try target.perform(at: instant(now), host: .writeResume(now))
    try target.perform(at: instant(now), host: .writeCause(UInt32(cause)))
    try target.perform(at: instant(now), host: .writeCompare(UInt32(compare)))
    try target.perform(at: instant(now), host: .writeCount(UInt32(count)))
    try target.perform(at: instant(now + 500), host: .writeControl(0))
    #expect(target.interruptLine)
    #expect(target.perform(at: instant(now + 500), guest: .readCount) == 150)
  }

  @Test("Clearing one disable while the other is set starts nothing")
  func bothDisables() throws {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: instant(100), guest: .writeCause(dc))
    try timer.perform(at: instant(200), host: .writeControl(1))
    #expect(try timer.perform(at: instant(200), host: .readResume) == 200)
    var guestFirst = timer
    _ = guestFirst.perform(at: instant(300), guest: .writeCause(0))
    #expect(guestFirst.alarm == nil)
    #expect(guestFirst.perform(at: instant(400), guest: .readCount) == 10)
    try guestFirst.perform(at: instant(400), host: .writeControl(0))
    #expect(guestFirst.perform(at: instant(400), guest: .readCount) == 30)
    try timer.perform(at: instant(300), host: .writeControl(0))
    #expect(timer.alarm == nil)
    _ = timer.perform(at: instant(400), guest: .writeCause(0))
    #expect(timer.perform(at: instant(400), guest: .readCount) == 10)
  }

  @Test("A changed frequency leaves Count where it is and moves the alarm")
  func frequency() throws {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: .origin, guest: .writeCompare(100))
    try timer.perform(at: instant(500), host: .writeFrequency(1_000_000_000))
    #expect(timer.perform(at: instant(500), guest: .readCount) == 50)
    #expect(timer.alarm == instant(550))
    try timer.perform(at: instant(501), host: .writeFrequency(1))
    #expect(timer.perform(at: instant(501), guest: .readCount) == 51)
    let before = timer
    try timer.perform(at: instant(600), host: .writeFrequency(1))
    #expect(timer == before)
  }
}
