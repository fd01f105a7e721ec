import Testing
import TimerModels

private func instant(_ nanoseconds: UInt64) -> Instant { Instant(nanoseconds: nanoseconds) }

@Suite("Handing a Count/Compare timer to hardware and back")
struct HandOverTests {
  /// A timer at 100 MHz whose Count is 1000 at 10 us, handed over there.
  private func handedOver(compare: UInt32) -> CountCompareTimer {
    var timer = CountCompareTimer(at: .origin)
    _ = timer.perform(at: .origin, guest: .writeCompare(compare))
    #expect(timer.handOver(at: instant(10_000)) == 1000)
    #expect(timer.alarm == nil)
    return timer
  }

  private func reading(
    compare: UInt32, at time: UInt64, _ before: UInt32, _ after: UInt32, cause: CP0Cause = []
  ) -> HardwareTimerReading {
    HardwareTimerReading(
      compare: compare, time: instant(time), countBefore: before, cause: cause, countAfter: after)
  }

  @Test(
    "What the hardware passed while being loaded, the start excluded, is an interrupt",
    arguments: [(999, false), (1000, false), (1001, true), (1010, true), (1011, false)]
      as [(UInt32, Bool)])
  func loading(compare: UInt32, isDue: Bool) {
    var timer = handedOver(compare: 5000)
    timer.state.compare = compare
    timer.completeHandOver(from: 1000, to: 1010)
    #expect(timer.interruptLine == isDue)
  }

  @Test("A match before the hand-over is delivered by it")
  func matchBefore() {
    #expect(handedOver(compare: 1000).interruptLine)
    #expect(handedOver(compare: 1).interruptLine)
    #expect(!handedOver(compare: 1001).interruptLine)
  }

  @Test(
    "What the hardware passed while being read, or this timer since, is an interrupt",
    arguments: [
      (2000, false), (2001, true), (2020, true), (2021, true), (2030, true), (2031, false),
    ]
      as [(UInt32, Bool)])
  func saving(compare: UInt32, isDue: Bool) throws {
    var timer = handedOver(compare: 5000)
    // Read from 20 000 ns on, as Count went from 2000 to 2020; taken back when it is 2030.
    let correction = timer.takeBack(
      at: instant(20_300), reading(compare: compare, at: 20_000, 2000, 2020))
    #expect(correction == 0)
    #expect(timer.interruptLine == isDue)
    #expect(timer.perform(at: instant(20_300), guest: .readCount) == 2030)
    let distance = UInt64(compare &- 2030 &- 1) + 1
    #expect(timer.alarm == instant(20_300 + 10 * distance))
  }

  @Test("Cause comes back from the hardware, TI and a stopped Count included")
  func cause() {
    var timer = handedOver(compare: 5000)
    timer.takeBack(
      at: instant(20_000), reading(compare: 7, at: 20_000, 2000, 2000, cause: .timerInterrupt))
    #expect(timer.perform(at: instant(20_000), guest: .readCause) == 0x4000_8000)
    var stopped = handedOver(compare: 5000)
    stopped.takeBack(
      at: instant(20_000), reading(compare: 7, at: 20_000, 1500, 1500, cause: .disableCount))
    #expect(stopped.alarm == nil)
    #expect(stopped.perform(at: instant(30_000), guest: .readCount) == 1500)
    #expect(stopped.handOver(at: instant(30_000)) == 1500)
  }

  @Test("A Count a little behind jumps forward, and what it jumps over is delivered")
  func littleBehind() {
    var timer = handedOver(compare: 5000)
    let correction = timer.takeBack(
      at: instant(2_000_000), reading(compare: 150_000, at: 2_000_000, 134_464, 134_464))
    #expect(correction == 0)
    #expect(timer.interruptLine)
    #expect(timer.perform(at: instant(2_000_000), guest: .readCount) == 200_000)
  }

  @Test("A Count far behind is followed, and so is one ahead")
  func followed() {
    var behind = handedOver(compare: 5000)
    let back = behind.takeBack(
      at: instant(2_000_100), reading(compare: 150_000, at: 2_000_000, 134_463, 134_463))
    #expect(back == -65_537)
    #expect(!behind.interruptLine)
    #expect(behind.perform(at: instant(2_000_100), guest: .readCount) == 134_473)

    var ahead = handedOver(compare: 5000)
    let forward = ahead.takeBack(
      at: instant(2_000_100), reading(compare: 200_015, at: 2_000_000, 200_020, 200_020))
    #expect(forward == 10)
    #expect(!ahead.interruptLine)
    #expect(ahead.perform(at: instant(2_000_100), guest: .readCount) == 200_020)
  }

  @Test("A Count far behind is followed across a wrap of the bias, in either direction")
  func followedAcrossWrap() {
    for (written, drift) in [(0xffff_0000, -70_000), (0xffff_fff0, 100)] as [(UInt32, Int32)] {
      var timer = CountCompareTimer(at: instant(0))
      timer.perform(at: instant(0), guest: .writeCount(written))
      _ = timer.handOver(at: instant(0))
      let count = written &+ 1000 &+ UInt32(bitPattern: drift)
      let correction = timer.takeBack(
        at: instant(10_000), reading(compare: 0x4000_0000, at: 10_000, count, count))
      #expect(correction == drift)
      #expect(timer.perform(at: instant(10_000), guest: .readCount) == count)
    }
  }

  @Test("The tolerated drift is the caller's")
  func tolerance() {
    var timer = handedOver(compare: 5000)
    let correction = timer.takeBack(
      at: instant(20_000), reading(compare: 5000, at: 20_000, 1999, 1999), toleratedDrift: 0)
    #expect(correction == -1)
  }
}
