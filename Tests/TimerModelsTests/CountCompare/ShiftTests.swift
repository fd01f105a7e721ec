import Testing
import TimerModels

/// What a search does to a timer to find that it has seen it before: the same timer at another time, its
/// Count and Compare further on.
@Suite("A timer moved in time and in counts")
struct ShiftTests {
  /// What a timer is doing when it is moved.
  enum Activity: CaseIterable {
    case counting, due, disabled, masterDisabled
  }

  private let moment = Instant(nanoseconds: 60_000_000_000)

  private func timer(_ activity: Activity) throws -> CountCompareTimer {
    var timer = CountCompareTimer(at: .origin)
    try timer.perform(at: moment, host: .writeCount(0xffff_0000))
    _ = timer.perform(at: moment, guest: .writeCompare(0xffff_8000))
    switch activity {
    case .counting: break
    case .due: timer.wakeUp(at: try #require(timer.alarm))
    case .disabled:
      _ = timer.perform(at: moment, guest: .writeCause(CP0Cause.disableCount.rawValue))
    case .masterDisabled: try timer.perform(at: moment, host: .writeControl(1))
    }
    return timer
  }

  @Test(
    "It counts as before, wrapping as Count does, and its alarm and its stop are as much earlier",
    arguments: Activity.allCases, [0, 1, 0x7fff_ffff, 0x8000_0000, .max] as [UInt32])
  func shift(activity: Activity, counts: UInt32) throws {
    let before = try timer(activity)
    // Whole ticks: 10 ns each. Those of 59 s are more than 2^32.
    for earlier in [0, 10, 30_000_000_000, 59_000_000_000] as [UInt64] {
      var moved = before
      moved.shift(at: moment, by: earlier, counts: counts)
      #expect(moved.compare == before.compare &+ counts)
      #expect(moved.interruptLine == before.interruptLine)
      #expect(
        moved.alarm?.nanoseconds == before.alarm.map { $0.nanoseconds - earlier })
      // What has no meaning is the same in all timers.
      if activity != .counting && activity != .due { #expect(moved.state.expires == 0) }
      if moved.isCounting { #expect(moved.state.staticCount == 0) }
      if activity != .masterDisabled { #expect(moved.state.resumeTime == .origin) }
      for later in [1_000_000, 2_000_000_000] as [UInt64] {
        var (here, there) = (before, moved)
        #expect(
          there.readCount(at: Instant(nanoseconds: moment.nanoseconds + later - earlier))
            == here.readCount(at: moment.adding(nanoseconds: later)) &+ counts)
      }
      guard activity == .masterDisabled else { continue }
      var (here, there) = (before, moved)
      let end = moment.nanoseconds + 1000
      try here.perform(at: Instant(nanoseconds: end), host: .writeControl(0))
      try there.perform(at: Instant(nanoseconds: end - earlier), host: .writeControl(0))
      #expect(
        there.readCount(at: Instant(nanoseconds: end - earlier))
          == here.readCount(at: Instant(nanoseconds: end)) &+ counts)
    }
  }
}
