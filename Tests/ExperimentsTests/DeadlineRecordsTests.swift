import Measurement
import Testing
import TimerModels

@testable import Experiments
@testable import VMM

/// What the guest `deadlines` writes, judged.
///
/// On a TSC of one cycle a nanosecond; no test here boots the guest.
@Suite("Records of deadlines")
struct DeadlineRecordsTests {
  private typealias Record = (point: UInt64, handler: UInt64, acknowledged: UInt64, ended: UInt64)

  /// Records of Count at 100 MHz, which is 0 at 0.
  private func judge(
    _ timer: MeasuredTimer, _ shape: DeadlineShape, set: UInt64, _ records: [Record],
    microseconds: Int = 500
  ) throws -> (DeadlineRecords, JudgedInterrupts) {
    let all = [(0, set, 0, 0)] + records
    let words = all.flatMap { [$0.point, $0.handler, $0.acknowledged, $0.ended] }
    let stamps = HostStamps(capacity: 0)
    let trace = DeliveryTrace(
      cpu: 0,
      records: words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
      },
      lostRecordBytes: 0, threadStamps: stamps, timerStamps: [stamps, stamps], samples: [],
      calibration: TSCCalibration(
        .init(cycles: 0, nanoseconds: 0),
        .init(cycles: 100_000_000_000, nanoseconds: 100_000_000_000)),
      guestOffset: 0,
      scale: DeadlineScale(
        count: 0, countInstant: .origin, countHertz: 100_000_000, virtualOrigin: 0,
        frequency: .default))
    let cell = CampaignCell(
      timer: timer, route: timer.isKernels ? nil : .inject, wait: nil, load: .none, isStamped: true)
    let kept = DeadlineRecords(
      trace, cell, shape,
      pace: TimerPace(timer, shape, microseconds: microseconds, hertz: 100_000_000, limit: 200))
    return (kept, try kept.judge(budget: 100_000).0)
  }

  private static let wrap: UInt64 = 42_949_672_960

  @Test("a Count/Compare interrupt that comes one wrap late is late by a wrap")
  func lostForAWrap() throws {
    // Compare is 500 us ahead; Count reaches it, and nothing comes until it does so again.
    let first: Record = (150_000, 1_500_000 + Self.wrap + 20_000, 0, 0)
    let oneShot = try judge(.countCompare, .oneShot, set: 1_000_000, [first]).1
    #expect(oneShot.outcomes.map(\.latency) == [Int64(Self.wrap) + 20_000])
    #expect(oneShot.outcomes.map(\.verdict) == [.late])
  }

  @Test(
    "a schedule that loses an interrupt for a wrap has had no interrupt at all its points since")
  func scheduleLostForAWrap() throws {
    let second = 2_000_000 + Self.wrap
    let (kept, judged) = try judge(
      .countCompare, .periodic, set: 1_000_000,
      [
        (150_000, 1_510_000, 1_520_000, 1_530_000),
        (200_000, second + 10_000, second + 20_000, second + 30_000),
        // The guest takes it for the time before, and continues from there.
        (250_000, second + 510_000, second + 520_000, second + 530_000),
      ])
    #expect(judged.outcomes[0].verdict == .delivered)
    #expect(judged.outcomes[1].verdict == .late)
    #expect(judged.outcomes[1].latency == Int64(Self.wrap) + 10_000)
    #expect(judged.verdicts[.merged] == Int(Self.wrap / 500_000))
    #expect(judged.outcomes.last?.latency == 10_000)
    #expect(kept.plan.count == judged.verdicts.planned && judged.verdicts.isSound)
  }

  @Test("a timer that counts down is early only before the earliest time it can have been set at")
  func countsDown() throws {
    // Set between 1000 and 9000, for 500 us.
    for (handler, latency) in [
      (500_999, -1), (501_000, 0), (505_000, 0), (509_000, 0), (509_001, 1),
    ]
      as [(UInt64, Int64)]
    {
      let judged = try judge(.apic, .oneShot, set: 1000, [(9000, handler, handler, handler)]).1
      #expect(judged.outcomes.map(\.latency) == [latency], "\(handler)")
    }
    // The second is set after the first's acknowledgement.
    let two = try judge(
      .apic, .oneShot, set: 1000,
      [(9000, 510_000, 511_000, 530_000), (520_000, 1_010_999, 1_012_000, 1_013_000)])
    #expect(two.1.outcomes.map(\.latency) == [1000, -1])
    // How far apart the two instants are is said, because latencies may be too small by it.
    #expect(two.0.deadlineWidth.minimum == 8000 && two.0.deadlineWidth.maximum == 9000)
    let exact = try judge(.countCompare, .oneShot, set: 1000, [(150_000, 1_510_000, 0, 0)])
    #expect(exact.0.deadlineWidth.count == 0)
  }

  @Test("ticks that KVM's PIT injects again in a burst are late, and none is early")
  func burst() throws {
    let interval: UInt64 = 499_505
    let records = (1...20).map { number -> Record in
      // Stopped from the 5th tick to the 12th.
      let due = 5000 + UInt64(number) * interval
      let run = max(due, (5...12).contains(number) ? 5000 + 12 * interval : 0)
      return (9000, run + UInt64(number) * 1000, run + 30_000, run + 30_000)
    }
    let (kept, judged) = try judge(.pit, .periodic, set: 1000, records)
    #expect(judged.verdicts[.early] == 0 && judged.verdicts.isSound)
    #expect(judged.verdicts[.late] == 7 && judged.verdicts[.delivered] == 13)
    #expect(kept.owed == 0)
    #expect(kept.deadlineWidth.count == 1 && kept.deadlineWidth.maximum == 8000)
  }

  @Test("deadlines that were passed over are planned up to a bound, and the rest is left out")
  func bound() throws {
    for timer in [MeasuredTimer.countCompare, .generic, .tscDeadline, .apic] {
      // Two interrupts at 200 us, and one after 20 minutes: of a microsecond, or KVM's 200 of them.
      let late: UInt64 = 1_200_000_000_000
      let records = [200_000, 400_000, late].map { instant -> Record in
        let point = timer.countsDown ? 0 : timer == .tscDeadline ? instant : instant / 16
        return (point, instant + 1000, instant + 2000, instant + 3000)
      }
      let (kept, judged) = try judge(timer, .periodic, set: 0, records, microseconds: 1)
      #expect(kept.isCut && kept.runs.count == 2, "\(timer)")
      #expect(kept.plan.count <= DeadlineRecords.planCountMax)
      #expect(judged.verdicts.planned == kept.plan.count)
    }
  }

  @Test("no record, and that of the setting alone, are no deadline")
  func empty() throws {
    for timer in MeasuredTimer.allCases {
      for shape in DeadlineShape.allCases {
        let (kept, judged) = try judge(timer, shape, set: 1000, [])
        #expect(kept.plan.isEmpty && judged.verdicts == .none)
      }
    }
  }

  @Test("a run for which nothing was due is spurious, and has no deadline")
  func unmet() throws {
    let (kept, judged) = try judge(
      .tscDeadline, .oneShot, set: 0,
      [(500_000, 501_000, 502_000, 503_000), (.max, 600_000, 601_000, 602_000)])
    #expect(kept.plan == [500_000] && kept.runs.map(\.isConditionMet) == [true, false])
    #expect(kept.runs[1].deadlines == nil)
    #expect(judged.outcomes.map(\.verdict) == [.delivered])
    #expect(judged.verdicts.spurious == 1)
  }

  @Test("deadlines of a schedule that the guest passed over are merged into the run that follows")
  func passedOver() throws {
    let (kept, judged) = try judge(
      .tscDeadline, .periodic, set: 0,
      [(500_000, 501_000, 502_000, 503_000), (2_000_000, 2_001_000, 2_002_000, 2_003_000)])
    #expect(kept.plan == [500_000, 1_000_000, 1_500_000, 2_000_000])
    #expect(kept.runs.map(\.deadlines) == [0...0, 1...3])
    #expect(judged.verdicts[.merged] == 2 && judged.verdicts[.late] == 1)
    // Each was planned by itself: without a schedule there is none between.
    let (alone, _) = try judge(
      .tscDeadline, .oneShot, set: 0,
      [(500_000, 501_000, 502_000, 503_000), (2_000_000, 2_001_000, 2_002_000, 2_003_000)])
    #expect(alone.plan == [500_000, 2_000_000])
  }

  @Test(
    "where an APIC delivers a signal that has gone, a deadline counts from when it was looked at")
  func staleSignal() throws {
    // The handler began at 490 us, and found the deadline of 500 us met when it looked.
    let record: Record = (500_000, 490_000, 510_000, 520_000)
    #expect(try judge(.tscDeadline, .oneShot, set: 0, [record]).1.outcomes[0].latency == 10_000)
    // Before it had looked it was early.
    let early: Record = (500_000, 490_000, 495_000, 520_000)
    #expect(try judge(.tscDeadline, .oneShot, set: 0, [early]).1.outcomes[0].verdict == .early)
  }

  @Test("periods are whole ticks of each timer, and KVM's own have a shortest one")
  func paces() {
    func pace(_ timer: MeasuredTimer, _ shape: DeadlineShape, _ microseconds: Int) -> TimerPace {
      TimerPace(timer, shape, microseconds: microseconds, hertz: 62_500_000, limit: 200)
    }
    // 596 counts of 1193181 a second, rounded down as KVM does.
    #expect(pace(.pit, .periodic, 500).period == 499_505)
    #expect(pace(.pit, .periodic, 500).limit == nil)
    // The PIT's limit is not for its first interval.
    #expect(pace(.pit, .periodic, 100).first == 99_733)
    #expect(pace(.pit, .periodic, 100).period == 200_000 && pace(.pit, .periodic, 100).limit == 200)
    #expect(pace(.pit, .oneShot, 1).first == 838 && pace(.pit, .oneShot, 1).limit == nil)
    #expect(pace(.apic, .periodic, 100).first == 200_000)
    #expect(pace(.apic, .periodic, 200).limit == nil && pace(.apic, .oneShot, 1).first == 1000)
    // 62 ticks of 16 ns.
    #expect(pace(.generic, .periodic, 1).period == 992)
  }
}
