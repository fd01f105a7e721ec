import Measurement
import Testing
import TimerModels

@testable import Experiments
@testable import VMM

/// What a run kept of the host, laid beside its interrupts; on a TSC of one cycle a nanosecond.
@Suite("Evidence for late interrupts")
struct DeliveryEvidenceTests {
  private func sample(
    _ cycles: UInt64, wait: UInt64 = 0, blocks: UInt64 = 0, exit: Range<UInt64> = 0..<0
  ) -> WitnessSample {
    WitnessSample(
      cycles: cycles, runQueueWait: wait, minorFaults: cycles, majorFaults: 2 * cycles,
      preemptions: 3 * cycles, blocks: blocks, shortBudgets: 4 * cycles, deferrals: 5 * cycles,
      longestExitStart: exit.lowerBound, longestExitEnd: exit.upperBound)
  }

  private func evidence(
    _ samples: [WitnessSample], gaps: [SpinningWitness.Gap] = [], route: InterruptRoute = .inject
  ) -> DeliveryEvidence {
    let stamps = HostStamps(capacity: 0)
    let trace = DeliveryTrace(
      cpu: 0,
      records: [], lostRecordBytes: 0, threadStamps: stamps, timerStamps: [stamps, stamps],
      samples: samples,
      calibration: TSCCalibration(
        .init(cycles: 0, nanoseconds: 0), .init(cycles: 1 << 40, nanoseconds: 1 << 40)),
      guestOffset: 0,
      scale: DeadlineScale(
        count: 0, countInstant: .origin, countHertz: 100_000_000, virtualOrigin: 0,
        frequency: .default))
    let cell = CampaignCell(
      timer: .countCompare, route: route, wait: nil, load: .none, isStamped: true)
    return DeliveryEvidence(trace, gaps: gaps, of: cell)
  }

  @Test(
    "counts are those between the last look before the deadline and the first after the handler")
  func counts() {
    let samples = [100, 200, 300, 400].map { sample(UInt64($0), wait: UInt64($0) * 10, blocks: 7) }
    let seen = evidence(samples).evidence(within: 250..<310)
    #expect(seen.runQueueWait == 2000 && seen.minorFaults == 200 && seen.majorFaults == 400)
    #expect(seen.preemptions == 600 && seen.shortBudgets == 800 && seen.deferrals == 1000)
    #expect(seen.blocks == 0)
    // A look at the deadline's own nanosecond is before it, one at the handler's is after it.
    #expect(evidence(samples).evidence(within: 200..<300).runQueueWait == 1000)
    for span in [50..<150, 350..<500, 0..<1000] as [Range<UInt64>] {
      #expect(evidence(samples).evidence(within: span) == Evidence(), "\(span)")
    }
  }

  @Test("a thread that sleeps inside KVM_RUN is not blocked")
  func blocks() {
    let samples = [sample(100, blocks: 1), sample(200, blocks: 3), sample(300, blocks: 2)]
    #expect(evidence(samples).evidence(within: 110..<190).blocks == 2)
    #expect(evidence(samples).evidence(within: 210..<290).blocks == 0)
    #expect(evidence(samples, route: .irqLine).evidence(within: 110..<190).blocks == 0)
  }

  @Test("of exits and gaps only what lies between deadline and handler counts")
  func overlaps() {
    let samples = [
      sample(100), sample(400, exit: 150..<260), sample(500, exit: 410..<480), sample(600),
    ]
    let gaps: [SpinningWitness.Gap] = [
      .init(start: 10, end: 190, reason: .stopped), .init(start: 195, end: 210, reason: .stolen),
      .init(start: 220, end: 230, reason: .stolen), .init(start: 290, end: 900, reason: .stalled),
    ]
    let seen = evidence(samples, gaps: gaps).evidence(within: 200..<300)
    #expect(seen.longestExit == 60)
    #expect(seen.stopped == 0 && seen.stolen == 20 && seen.stalled == 10)
    #expect(evidence([], gaps: gaps).evidence(within: 180..<196).stopped == 10)
  }

  /// A look at an instant, at what interrupted the wait before it.
  private func look(
    _ cycles: UInt64, overrun: UInt64 = 0, gap: UInt64 = 0, holdsTick: Bool = false,
    tick: UInt64 = 0,
    tickAfter: Bool = false
  ) -> WitnessSample {
    var look = sample(cycles)
    (look.gaps.overrun, look.gaps.overrunGap, look.gaps.hasTickInOverrun) = (
      overrun, gap, holdsTick
    )
    (look.gaps.tickGap, look.gaps.hasTickAfter) = (tick, tickAfter)
    return look
  }

  @Test("a tick takes what was seen of it in the wait, and behind it what is usual in this run")
  func ticks() {
    // Gaps of 12, 14, 16, 18 and 90 us held ticks: the usual one is of 16.
    let looks = [
      look(100_000, tick: 90_000), look(200_000, tick: 12_000), look(300_000, tick: 14_000),
      look(400_000, tick: 18_000),
      look(500_000, overrun: 11_000, gap: 16_000, holdsTick: true, tick: 16_000),
      look(600_000, tickAfter: true), look(700_000, overrun: 9000, gap: 15_000),
      look(800_000, overrun: 33_000, gap: 40_000, holdsTick: true), look(900_000),
    ]
    let seen = evidence(looks)
    func times(before end: UInt64) -> [UInt64] {
      let found = seen.evidence(within: end - 90_000..<end - 10_000)
      return [found.tick, found.interruption]
    }
    #expect(times(before: 400_000) == [0, 0])
    #expect(times(before: 500_000) == [11_000, 0])
    #expect(times(before: 600_000) == [16_000, 0])
    // No tick; and one that came during a longer interruption.
    #expect(times(before: 700_000) == [0, 9000])
    #expect(times(before: 800_000) == [0, 33_000])
    #expect(times(before: 900_000) == [0, 0])
    // Two interrupts of one plan, merged: the longest interruption, and all ticks.
    let both = seen.evidence(within: 410_000..<690_000)
    #expect(both.tick == 27_000 && both.interruption == 9000)
  }

  @Test("where no gap held a tick, none has a length, and none is blamed")
  func unseenTicks() {
    let seen = evidence([look(100_000), look(200_000, tickAfter: true)])
    #expect(seen.evidence(within: 110_000..<150_000).tick == 0)
  }

  /// Deadlines each millisecond, the runs of which come so long after them, in microseconds.
  private func judged(_ latencies: [UInt64]) throws -> JudgedInterrupts {
    let records = latencies.indices.map { InterruptRecord(planned: UInt64($0 + 1) * 1_000_000) }
    var runs: [HandlerRun] = []
    for (record, latency) in zip(records, latencies) where latency < 10_000 {
      runs.append(HandlerRun(at: record.planned + latency * 1000))
    }
    return try JudgedInterrupts(
      records: records, runs: runs, rules: VerdictRules(budget: 100_000, earlyWindow: 1000))
  }

  @Test("late interrupts have a cause, others have none, and a merged one has its run's")
  func causes() throws {
    // The second is 2.3 ms late, and covers the third and the fourth.
    let interrupts = try judged([50, 2300, 10_000, 10_000, 90, 10_000])
    #expect(
      interrupts.outcomes.map(\.verdict) == [
        .delivered, .late, .merged, .merged, .delivered, .lost,
      ])
    let samples = [
      sample(1_500_000), sample(4_400_000, wait: 2_000_000), sample(6_000_000, wait: 2_000_000),
    ].map {
      WitnessSample(
        cycles: $0.cycles, runQueueWait: $0.runQueueWait, minorFaults: 0, majorFaults: 0,
        preemptions: 0, blocks: 0, shortBudgets: 0, deferrals: 0, longestExitStart: 0,
        longestExitEnd: 0)
    }
    let causes = evidence(samples).causes(of: interrupts, budget: 100_000)
    #expect(causes == [nil, .runQueue, .runQueue, .runQueue, nil, nil])
    #expect(evidence([]).causes(of: interrupts, budget: 100_000) == [])
    let blind = evidence([samples[2]]).causes(of: interrupts, budget: 100_000)
    #expect(blind == [nil, .unknown, .unknown, .unknown, nil, nil])
  }
}
