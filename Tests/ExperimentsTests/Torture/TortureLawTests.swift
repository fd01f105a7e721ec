import Testing

@testable import Experiments

/// What is forbidden, by observations that were made up.
@Suite("Laws of conservation")
struct TortureLawTests {
  /// A period of 1 ms, armed at 0, and the deliveries at those microseconds.
  private func observation(_ deliveries: [UInt64], end: UInt64 = 4000) -> Observation {
    var observation = Observation()
    observation.events = [
      TortureEvent(.ready, at: 0), TortureEvent(.armed, 1000, at: 0),
      TortureEvent(.started, at: 10_000),
    ]
    for (index, time) in deliveries.enumerated() {
      observation.events.append(TortureEvent(.handled, index + 1, at: time * 1000))
    }
    observation.end = .exited(code: UInt32(deliveries.count))
    observation.endTime = end * 1000
    observation.remains = 1
    return observation
  }

  private func ideal(remains: UInt64 = 1, deliveries: ClosedRange<Int> = 0...0) -> TortureIdeal {
    TortureIdeal(remains: remains, deliveries: deliveries)
  }

  private func outside(_ microseconds: (UInt64, UInt64, UInt64, UInt64)) -> Observation.Outside {
    Observation.Outside(
      stopped: microseconds.0 * 1000, saving: microseconds.1 * 1000,
      restored: microseconds.2 * 1000, resumed: microseconds.3 * 1000)
  }

  @Test(
    "one deadline is delivered once, in time",
    arguments: zip(
      [[1100], [], [1100, 1200], [900], [1700], [900, 2000]],
      [[], [.lost], [.doubled], [.early], [.late], [.doubled, .early]] as [Set<TortureVerdict>]))
  func oneShot(deliveries: [UInt64], verdicts: Set<TortureVerdict>) {
    #expect(TortureLaw.oneShot.verdicts(on: observation(deliveries), ideal()) == verdicts)
  }

  @Test("a deadline that was disarmed is not delivered")
  func disarmed() {
    var right = observation([])
    right.events.append(TortureEvent(.disarmed, at: 20_000))
    #expect(TortureLaw.oneShot.verdicts(on: right, ideal()).isEmpty)
    right.events.append(TortureEvent(.handled, 1, at: 2_000_000))
    #expect(TortureLaw.oneShot.verdicts(on: right, ideal()).contains(.doubled))
  }

  @Test("what a cut keeps from the guest is not late before it returns")
  func lateness() {
    var away = observation([5100], end: 8000)
    #expect(TortureLaw.oneShot.verdicts(on: away, ideal()) == [.late])
    away.outside = outside((100, 200, 4900, 5000))
    #expect(TortureLaw.oneShot.verdicts(on: away, ideal()).isEmpty)
    away.outside = outside((100, 200, 900, 1000))
    #expect(TortureLaw.oneShot.verdicts(on: away, ideal()) == [.late])
  }

  @Test("a guest that is taken away before it arms is late by its own time only")
  func armedLater() {
    var away = observation([3050], end: 6000)
    away.events[2] = TortureEvent(.started, at: 2_010_000)
    away.outside = outside((5, 1000, 1900, 2000))
    #expect(TortureLaw.oneShot.verdicts(on: away, ideal()).isEmpty)
    away.events[3] = TortureEvent(.handled, 1, at: 4_600_000)
    #expect(TortureLaw.oneShot.verdicts(on: away, ideal()) == [.late])
  }

  @Test("a number of ticks that the tolerance allows is not another state; the same number is")
  func remainsOfTicks() {
    var ticks = observation([1100, 2100, 3100], end: 3200)
    ticks.remains = 2
    let law = TortureLaw.periodic
    #expect(law.verdicts(on: ticks, ideal(deliveries: 2...2)).isEmpty)
    #expect(law.verdicts(on: ticks, ideal(deliveries: 2...3)) == [.differs])
  }

  @Test("where no request keeps a timer's phase, it may be late by a period, once")
  func phase() {
    // A restore between the first tick and the second begins the period anew.
    var away = observation([1100, 2900, 3900], end: 4700)
    away.outside = outside((1800, 1850, 1900, 1900))
    #expect(TortureLaw.periodic.verdicts(on: away, ideal()) == [.lost])
    away.outside?.isPhaseLost = true
    #expect(TortureLaw.periodic.verdicts(on: away, ideal()).isEmpty)
    away.events.removeLast()
    #expect(TortureLaw.periodic.verdicts(on: away, ideal()) == [.lost])
  }

  @Test(
    "ticks are as many as periods",
    arguments: zip(
      [[1100, 2100, 3100], [1100, 2100], [1100, 3100, 3200], [1100, 1200, 2100, 3100], []],
      [[], [.lost], [.lost], [.doubled], [.lost]] as [Set<TortureVerdict>]))
  func periodic(deliveries: [UInt64], verdicts: Set<TortureVerdict>) {
    #expect(
      TortureLaw.periodic.verdicts(on: observation(deliveries, end: 3700), ideal()) == verdicts)
  }

  @Test("two ticks in one absence are one interrupt, and a frozen timer has fewer")
  func absence() {
    var away = observation([2500, 3100], end: 3700)
    away.outside = outside((200, 2300, 2310, 2400))
    #expect(TortureLaw.periodic.verdicts(on: away, ideal()).isEmpty)
    // One tick in an absence, and it is not there afterwards.
    away = observation([2100, 3100], end: 3700)
    away.outside = outside((20, 1010, 1030, 1040))
    #expect(TortureLaw.periodic.verdicts(on: away, ideal()) == [.lost])
    away = observation([1100, 3100], end: 3700)
    away.outside = outside((1200, 1210, 2210, 2220))
    #expect(TortureLaw.periodic.verdicts(on: away, ideal()).isEmpty)
    away.outside = outside((1200, 1210, 1220, 1230))
    #expect(TortureLaw.periodic.verdicts(on: away, ideal()) == [.lost])
  }

  @Test(
    "what the host raises is delivered as often as without a cut",
    arguments: zip(
      [1...1, 2...2, 1...3, 3...3], [[.doubled], [], [], [.lost]] as [Set<TortureVerdict>]))
  func raised(uncut: ClosedRange<Int>, verdicts: Set<TortureVerdict>) {
    #expect(
      TortureLaw.raised.verdicts(on: observation([100, 200]), ideal(deliveries: uncut)) == verdicts)
  }

  @Test("a clock neither goes back nor leaps, and may stand still while the guest is saved")
  func clock() {
    var samples = observation([])
    func verdicts(_ clock: Int64) -> Set<TortureVerdict> {
      samples.samples = [
        .init(clock: 5_000_000, earliest: 6_000_000, time: 7_000_000),
        .init(clock: clock, earliest: 106_000_000, time: 107_000_000),
      ]
      return TortureLaw.clock.verdicts(on: samples, ideal())
    }
    #expect(verdicts(105_000_000).isEmpty)
    #expect(verdicts(4_999_999) == [.jumped])
    #expect(verdicts(108_000_000) == [.jumped])
    #expect(verdicts(102_000_000) == [.jumped])
    samples.outside = outside((10_000, 10_000, 60_000, 60_000))
    #expect(verdicts(55_000_000).isEmpty)
    #expect(verdicts(52_000_000) == [.jumped])
  }

  @Test(
    "a guest that is taken away between its reading and its mark shows nothing, and a leap shows beside it"
  )
  func clockOfDelayedGuest() {
    var samples = observation([])
    func verdicts(leap: Int64) -> Set<TortureVerdict> {
      samples.samples = [
        .init(clock: 1_000_000, earliest: 0, time: 1_100_000),
        // Read at once, and said 20 ms later.
        .init(clock: 1_200_000, earliest: 1_100_000, time: 21_200_000),
        .init(clock: 21_400_000 + leap, earliest: 21_200_000, time: 21_500_000),
        .init(clock: 21_700_000 + leap, earliest: 21_500_000, time: 21_800_000),
      ]
      return TortureLaw.clock.verdicts(on: samples, ideal())
    }
    #expect(verdicts(leap: 0).isEmpty)
    #expect(verdicts(leap: 3_000_000) == [.jumped])
    #expect(verdicts(leap: -3_000_000) == [.jumped])
  }

  @Test("a guest that is right but for its end or its remains is stuck or differs")
  func rest() {
    var odd = observation([1100])
    odd.remains = 2
    #expect(TortureLaw.oneShot.verdicts(on: odd, ideal()) == [.differs])
    #expect(TortureLaw.oneShot.verdicts(on: odd, ideal(remains: 2)).isEmpty)
    odd.end = .timedOut
    #expect(TortureLaw.oneShot.verdicts(on: odd, ideal()) == [.stuck])
    odd.events.removeLast()
    #expect(TortureLaw.oneShot.verdicts(on: odd, ideal()) == [.lost])
  }
}
