import Testing
import TimerModels

private func instant(_ nanoseconds: UInt64) -> Instant { Instant(nanoseconds: nanoseconds) }

@Suite("Count/Compare timer at its limits")
struct CountCompareLimitTests {
  /// A timer with something in every register.
  private func busyTimer() throws -> CountCompareTimer {
    var timer = CountCompareTimer(at: instant(3))
    _ = timer.perform(at: instant(5), guest: .writeCompare(1))
    try timer.perform(at: instant(100), host: .writeControl(1))
    try timer.perform(at: instant(200), host: .writeResume(150))
    return timer
  }

  @Test(
    "A frequency outside 1 Hz to 1 GHz is refused with no effect",
    arguments: [0, 1_000_000_001, 1 << 32, .max] as [UInt64])
  func badFrequency(hertz: UInt64) throws {
    var timer = try busyTimer()
    let before = timer
    #expect(throws: CountCompareError.invalidFrequency(hertz: hertz)) {
      try timer.perform(at: instant(300), host: .writeFrequency(hertz))
    }
    #expect(timer == before)
    #expect(throws: CountCompareError.invalidFrequency(hertz: hertz)) {
      try CountFrequency(hertz: hertz)
    }
  }

  @Test("Reserved bits of COUNT_CTL are refused with no effect", arguments: 1..<64)
  func badControl(bit: UInt64) throws {
    for value in [1 << bit, 1 << bit | 1] as [UInt64] {
      var timer = try busyTimer()
      let before = timer
      #expect(throws: CountCompareError.reservedControlBits(value)) {
        try timer.perform(at: instant(300), host: .writeControl(value))
      }
      #expect(timer == before)
    }
  }

  @Test("A COUNT_RESUME in the future is refused with no effect; the present is not the future")
  func badResume() throws {
    var timer = try busyTimer()
    let before = timer
    for value in [301, 1 << 63, .max] as [UInt64] {
      #expect(throws: CountCompareError.resumeInFuture(instant(value), now: instant(300))) {
        try timer.perform(at: instant(300), host: .writeResume(value))
      }
      #expect(timer == before)
    }
    try timer.perform(at: instant(300), host: .writeResume(300))
    try timer.perform(at: instant(300), host: .writeResume(0))
    #expect(timer.state.resumeTime == .origin)
  }

  @Test("Each refusal is a sentence with the numbers in it")
  func sentences() {
    #expect("\(CountCompareError.invalidFrequency(hertz: 7))".contains("7 Hz"))
    #expect("\(CountCompareError.reservedControlBits(0xf0))".contains("0xf0"))
    let resume = CountCompareError.resumeInFuture(instant(9), now: instant(8))
    #expect("\(resume)".contains("9 ns") && "\(resume)".contains("8 ns"))
  }

  @Test(
    "The period of each frequency is that of KVM",
    arguments: [
      (100_000_000, 42_949_672_960), (1_000_000_000, 4_294_967_296),
      (33_000_000, 130_150_524_121), (1, 4_294_967_296_000_000_000),
    ] as [(UInt64, UInt64)])
  func periods(hertz: UInt64, period: UInt64) throws {
    #expect(try CountFrequency(hertz: hertz).wrapNanoseconds == period)
  }

  @Test(
    "Count is exact up to the last nanosecond of time",
    arguments: [1, 3, 32_768, 33_000_000, 999_999_937, 1_000_000_000] as [UInt64])
  func lastNanoseconds(hertz: UInt64) throws {
    let frequency = try CountFrequency(hertz: hertz)
    for now in [0, 1, 1 << 32, 1 << 63, .max - 1, .max] as [UInt64] {
      let exact = UInt128(now) * UInt128(hertz) / 1_000_000_000
      #expect(frequency.ticks(at: instant(now)) == UInt32(truncatingIfNeeded: exact))
    }
    #expect(frequency.nanoseconds(forTicks: 1 << 32) == frequency.wrapNanoseconds)
  }

  @Test("A match beyond the end of time needs no alarm, and is never taken for due")
  func beyondTheEnd() throws {
    let now = instant(.max - 6)
    var timer = CountCompareTimer(at: now)
    #expect(timer.alarm == nil)
    // One tick is 10 ns, and the phase puts Count's next step inside what is left of time.
    _ = timer.perform(at: now, guest: .writeCompare(1))
    #expect(timer.alarm == nil)
    #expect(timer.perform(at: .distantFuture, guest: .readCount) == 1)
    #expect(timer.interruptLine)
    _ = timer.perform(at: .distantFuture, guest: .writeCompare(1))
    timer.wakeUp(at: .distantFuture)
    #expect(timer.perform(at: .distantFuture, guest: .readCause) == 0)
  }

  @Test("At time zero everything works, and COUNT_RESUME zero is the present")
  func timeZero() throws {
    var timer = CountCompareTimer(at: .origin, frequency: try CountFrequency(hertz: 1_000_000_000))
    _ = timer.perform(at: .origin, guest: .writeCompare(1))
    #expect(timer.alarm == instant(1))
    try timer.perform(at: .origin, host: .writeControl(1))
    try timer.perform(at: .origin, host: .writeResume(0))
    try timer.perform(at: .origin, host: .writeControl(0))
    timer.wakeUp(at: .origin)
    #expect(!timer.interruptLine)
    timer.wakeUp(at: instant(1))
    #expect(timer.interruptLine)
  }

  @Test("Early and superfluous wake-ups change nothing, repeated ones raise TI once")
  func wakeUps() {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: .origin, guest: .writeCompare(5))
    let before = timer
    for moment in [0, 1, 49] as [UInt64] { timer.wakeUp(at: instant(moment)) }
    #expect(timer == before)
    timer.wakeUp(at: instant(50))
    let after = timer
    for moment in [50, 51, 1000] as [UInt64] { timer.wakeUp(at: instant(moment)) }
    #expect(timer == after)
    _ = timer.perform(at: instant(1000), guest: .writeCompare(5))
    timer.wakeUp(at: instant(1001))
    #expect(!timer.interruptLine)
  }

  @Test("A late wake-up does not shift the next alarm")
  func alarmPhase() {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: .origin, guest: .writeCompare(5))
    timer.wakeUp(at: instant(53_217))
    #expect(timer.alarm == instant(50 + 42_949_672_960))
  }

  @Test("A wake-up that is late by more than half a wrap, or by many, still raises TI, once")
  func lateWakeUps() throws {
    let wrap: UInt64 = 42_949_672_960
    for late in [0, wrap / 2 - 10, wrap / 2, wrap * 3 / 4, wrap - 10, wrap, 100 * wrap + 7] {
      let now = instant(50 + late)
      var timer = CountCompareTimer(at: .origin)
      _ = timer.perform(at: .origin, guest: .writeCompare(5))
      var reader = timer
      _ = reader.perform(at: now, guest: .readCount)
      #expect(reader.interruptLine, "read \(late) ns late")
      timer.wakeUp(at: now)
      #expect(timer.interruptLine, "woken \(late) ns late")
      #expect(try #require(timer.alarm) > now)
      _ = timer.perform(at: now, guest: .writeCompare(5))
      #expect(timer.perform(at: now, guest: .readCause) == 0)
    }
  }

  @Test("An expiry that was rounded down below the match is not an early interrupt")
  func earlyExpiry() throws {
    // 3 ticks of 10/3 ns are 10 ns, but 1 tick is armed as 3 ns.
    var timer = CountCompareTimer(at: .origin, frequency: try CountFrequency(hertz: 300_000_000))
    _ = timer.perform(at: .origin, guest: .writeCompare(1))
    #expect(timer.alarm == instant(3))
    timer.wakeUp(at: instant(3))
    #expect(!timer.interruptLine)
    let alarm = try #require(timer.alarm)
    timer.wakeUp(at: alarm)
    #expect(timer.interruptLine)
  }

  @Test("Delivered by reads alone, wrap after wrap, the interrupt is neither early nor lost")
  func readsAlone() throws {
    // A wrap is 4 294 967 566.58 ns: the expiry loses half a nanosecond each time.
    let hertz: UInt64 = 999_999_937
    var timer = CountCompareTimer(at: .origin, frequency: try CountFrequency(hertz: hertz))
    _ = timer.perform(at: .origin, guest: .writeCompare(5))
    for lap in UInt128(0)..<20 {
      let ticks = (lap << 32 + 5) * 1_000_000_000
      let match = UInt64((ticks + UInt128(hertz) - 1) / UInt128(hertz))
      #expect(timer.perform(at: instant(match - 1), guest: .readCause) == 0, "lap \(lap)")
      #expect(timer.perform(at: instant(match), guest: .readCount) == 5)
      #expect(timer.interruptLine, "lap \(lap)")
      _ = timer.perform(at: instant(match), guest: .writeCompare(5))
    }
  }

  @Test("Instants add without wrapping, and compare by time")
  func instants() {
    #expect(instant(5).adding(nanoseconds: 7) == instant(12))
    #expect(instant(.max - 1).adding(nanoseconds: 1) == .distantFuture)
    #expect(instant(.max - 1).adding(nanoseconds: 2) == .distantFuture)
    #expect(Instant.distantFuture.adding(nanoseconds: .max) == .distantFuture)
    #expect(Instant.origin < instant(1))
    #expect(!(instant(1) < instant(1)))
  }

  @Test("COUNT_RESUME in the future past the check is a programmer's error")
  func resumeTrap() async {
    await #expect(processExitsWith: .failure) {
      var timer = CountCompareTimer(at: .origin)
      timer.writeResume(at: .origin, Instant(nanoseconds: 1))
    }
  }
}
