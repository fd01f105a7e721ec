import Testing
import TimerModels

/// A way to freeze the timer and let it go on, after which Count and Compare are as before.
enum Freeze: CaseIterable {
  case causeDisable, masterDisable, compareRewrite, frequencyChange, handOver

  func apply(to timer: inout some CountCompareRules, at now: Instant) throws {
    switch self {
    case .causeDisable:
      _ = timer.perform(at: now, guest: .writeCause(CP0Cause.disableCount.rawValue))
      _ = timer.perform(at: now, guest: .writeCause(0))
    case .masterDisable:
      try timer.perform(at: now, host: .writeControl(1))
      try timer.perform(at: now, host: .writeControl(0))
    case .compareRewrite:
      let compare = timer.state.compare
      try timer.perform(at: now, host: .writeCompare(compare &+ 1000))
      try timer.perform(at: now, host: .writeCompare(compare))
    case .frequencyChange:
      let hertz = timer.state.frequency.hertz
      try timer.perform(at: now, host: .writeFrequency(hertz / 2))
      try timer.perform(at: now, host: .writeFrequency(hertz))
    case .handOver:
      let count = timer.handOver(at: now)
      timer.completeHandOver(from: count, to: count)
      timer.takeBack(
        at: now,
        HardwareTimerReading(
          compare: timer.state.compare, time: now, countBefore: count, cause: timer.state.cause,
          countAfter: count))
    }
  }
}

@Suite("Freezing between the Compare match and the expiry")
struct FreezeWindowTests {
  @Test(
    "At each of the nine nanoseconds between Count's step and the expiry, freezing raises TI",
    arguments: Freeze.allCases, UInt64(1_000_000_010)...1_000_000_018)
  func nineOffsets(freeze: Freeze, moment: UInt64) throws {
    var timer = CountCompareTimer(at: .origin)
    let armed = Instant(nanoseconds: 1_000_000_009)
    #expect(timer.perform(at: armed, guest: .readCount) == 100_000_000)
    _ = timer.perform(at: armed, guest: .writeCompare(100_000_001))
    #expect(timer.alarm == Instant(nanoseconds: 1_000_000_019))

    let now = Instant(nanoseconds: moment)
    #expect(timer.runningCount(at: now) == 100_000_001)
    #expect(!timer.interruptLine)
    try freeze.apply(to: &timer, at: now)
    #expect(timer.interruptLine)
    #expect(timer.perform(at: now, guest: .readCount) == 100_000_001)

    // And only once: acknowledged, it stays away until Count has come round.
    _ = timer.perform(at: now, guest: .writeCompare(100_000_001))
    #expect(!timer.interruptLine)
    let alarm = try #require(timer.alarm)
    #expect(alarm == now.adding(nanoseconds: 42_949_672_960))
    timer.wakeUp(at: alarm)
    #expect(timer.interruptLine)
  }

  @Test(
    "At any frequency and phase, a freeze raises TI exactly from the instant of the match on",
    arguments: [33_000_000, 100_000_000, 300_000_000, 999_999_937, 1_000_000_000] as [UInt64],
    Freeze.allCases)
  func window(hertz: UInt64, freeze: Freeze) throws {
    let tick = 1_000_000_000 / hertz + 1
    for phase in 0..<(2 * tick) {
      for distance: UInt32 in [1, 2, 3, 100] {
        // Fractions of a nanosecond differ from instant to instant: hence the odd start.
        let start = 123_456_789_123_456_789 + phase
        var ideal = IdealCountCompare(time: 0, hertz: hertz)
        ideal.advance(to: start)
        let compare = ideal.count &+ distance
        ideal.writeCompare(compare, acknowledging: true)
        var armed = CountCompareTimer(at: .origin, frequency: try CountFrequency(hertz: hertz))
        _ = armed.perform(at: Instant(nanoseconds: start), guest: .writeCompare(compare))
        let match = UInt64(ideal.instant(ofTick: UInt128(distance)))
        for moment in (match - min(3, match - start))...(match + 2 * tick) {
          var timer = armed
          try freeze.apply(to: &timer, at: Instant(nanoseconds: moment))
          #expect(timer.interruptLine == (moment >= match), "armed \(start), frozen \(moment)")
        }
      }
    }
  }
}
