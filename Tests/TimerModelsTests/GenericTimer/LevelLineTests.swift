import Testing
import TimerModels

@Suite("Timer on a level line")
struct LevelLineTests {
  private func expiredBench() throws -> RightBench {
    var bench = try RightBench()
    bench.advance(to: Instant(nanoseconds: 1_000_000))
    bench.write(.compareValue(.virtual), 1)
    bench.write(.control(.virtual), 1)
    #expect(bench.isPending(27))
    return bench
  }

  @Test("Enabled and disabled again while PSTATE.I is set, an expired timer interrupts no CPU")
  func fourSteps() throws {
    for control: UInt64 in [0, 3, 2] {
      var bench = try expiredBench()
      bench.write(.control(.virtual), control)
      bench.maskInterrupts(false)
      bench.advance(ticks: 1000)
      #expect(bench.taken.isEmpty, "CTL = \(control)")
    }
  }

  @Test("An interrupt that is ended with the line high is taken again, each time")
  func endedWithTheLineHigh() throws {
    var bench = try expiredBench()
    bench.handler = .nothing(until: 5)
    bench.maskInterrupts(false)
    #expect(bench.taken.map(\.id) == [27, 27, 27, 27, 27])
  }

  @Test("CVAL moved into the future before the end: not taken again until it is reached")
  func compareMovedBeforeTheEnd() throws {
    var bench = try expiredBench()
    bench.handler = .addToCompare(1_000_000)
    bench.maskInterrupts(false)
    #expect(bench.taken.count == 1)
    bench.advance(ticks: 1_000_000)
    #expect(bench.taken.count == 2)
  }

  @Test("CVAL moved into the future while pending: nothing to acknowledge is left")
  func compareMovedWhilePending() throws {
    var bench = try expiredBench()
    bench.write(.compareValue(.virtual), 1 << 40)
    #expect(bench.read(.cpuInterface, GICC.iar) == 1023)
    bench.maskInterrupts(false)
    #expect(bench.taken.isEmpty)
  }

  @Test("The line falls between signal and acknowledgement: 1023, and nothing becomes active")
  func spurious() throws {
    var bench = try expiredBench()
    #expect(bench.controller?.irqOutput(cpu: 0) == true)
    bench.write(.control(.virtual), 0)
    #expect(bench.read(.cpuInterface, GICC.iar) == 1023)
    #expect(bench.read(.distributor, GICD.isactiver) == 0)
    #expect(bench.read(.cpuInterface, GICC.rpr) == 0xff)
  }

  @Test("ICPENDR does not take away what the line holds up, and leaves nothing behind")
  func clearPendingWithTheLineHigh() throws {
    var bench = try expiredBench()
    bench.access(.distributor, GICD.ispendr, 1 << 27)
    bench.access(.distributor, GICD.icpendr, 1 << 27)
    #expect(bench.isPending(27))
    bench.write(.control(.virtual), 0)
    #expect(!bench.isPending(27))
  }

  @Test("Disabled at the distributor, it is pending and not signalled; no trace of it stays")
  func disabledAtTheDistributor() throws {
    var bench = try RightBench()
    bench.advance(to: Instant(nanoseconds: 1_000_000))
    bench.access(.distributor, GICD.icenabler, 1 << 27)
    bench.maskInterrupts(false)
    bench.write(.compareValue(.virtual), 1)
    bench.write(.control(.virtual), 1)
    #expect(bench.isPending(27) && bench.taken.isEmpty)
    bench.write(.control(.virtual), 0)
    bench.access(.distributor, GICD.isenabler, 1 << 27)
    #expect(!bench.isPending(27) && bench.taken.isEmpty)
    bench.write(.control(.virtual), 1)
    #expect(bench.taken.count == 1)
  }

  @Test("ICFGR shows SGIs edge-triggered and PPIs level-sensitive, and cannot change them")
  func configuration() throws {
    var bench = try RightBench()
    for fields: UInt32 in [0, .max] {
      bench.access(.distributor, GICD.icfgr, fields)
      bench.access(.distributor, GICD.icfgr + 4, fields)
      #expect(bench.read(.distributor, GICD.icfgr) == 0xaaaa_aaaa)
      #expect(bench.read(.distributor, GICD.icfgr + 4) == 0)
    }
  }

  @Test("Registers written before the controller is initialised lose no interrupt")
  func expiredBeforeTheController() throws {
    var bench = try RightBench(hasController: false)
    bench.advance(to: Instant(nanoseconds: 1_000_000))
    try bench.hostWrite(.compareValue(.virtual), 1)
    try bench.hostWrite(.control(.virtual), 1)
    bench.settle()
    bench.initialiseController()
    bench.maskInterrupts(false)
    #expect(bench.taken.map(\.id) == [27])
  }

  @Test("Both timers interrupt, each with its own number; one alarm serves both")
  func bothTimers() throws {
    var bench = try RightBench()
    bench.maskInterrupts(false)
    for channel in GenericTimerChannel.allCases {
      let ticks: UInt64 = channel == .virtual ? 2000 : 1000
      bench.write(.timerValue(channel), ticks)
      bench.write(.control(channel), 1)
    }
    bench.advance(to: Instant(nanoseconds: 15_999))
    #expect(bench.taken.isEmpty)
    bench.advance(to: Instant(nanoseconds: 40_000))
    #expect(
      bench.taken == [
        .init(id: 30, time: Instant(nanoseconds: 16_000)),
        .init(id: 27, time: Instant(nanoseconds: 32_000)),
      ])
  }

  @Test("The reset of a CPU leaves its timers off and their interrupts inactive")
  func reset() throws {
    var bench = try expiredBench()
    #expect(bench.read(.cpuInterface, GICC.iar) == 27)
    bench.timer.reset(at: bench.now)
    bench.settle()
    #expect(!bench.isPending(27))
    #expect(bench.read(.control(.virtual)) & 3 == 0 && bench.read(.compareValue(.virtual)) == 1)
    var controller = try #require(bench.controller)
    controller.resetInterrupt(27, cpu: 0)
    #expect(controller.read(.distributor, offset: GICD.isactiver, size: 4, cpu: 0) == 0)
  }
}
