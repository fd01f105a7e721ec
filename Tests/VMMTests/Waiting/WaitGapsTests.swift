import LinuxHost
import Testing
import TimerModels

@testable import VMM

/// What interrupted a thread's looks at the clock.
@Suite("Gaps in a wait")
struct WaitGapsTests {
  private func gaps(_ change: (inout WaitGaps) -> Void) -> WaitGaps {
    var gaps = WaitGaps()
    gaps.begin(at: 4_000_000)
    change(&gaps)
    return gaps.take(at: gaps.coarse ?? 0)
  }

  @Test("a gap over the wait's end makes it late by what lies behind the end")
  func overrun() {
    let seen = gaps { $0.note(from: 100_000, to: 118_000, until: 103_000, coarse: 4_000_000) }
    #expect(seen.overrun == 15_000 && seen.overrunGap == 18_000)
    #expect(!seen.hasTickInOverrun && seen.tickGap == 0 && !seen.hasTickAfter)
    // One that ends with the wait, or before it, makes nothing late.
    for end in [118_000, 120_000] as [UInt64] {
      let early = gaps { $0.note(from: 100_000, to: 118_000, until: end, coarse: 4_000_000) }
      #expect(early.overrun == 0 && early.overrunGap == 0)
    }
  }

  @Test("a gap in which the coarse clock moved held a tick, wherever it was")
  func tick() {
    let before = gaps { $0.note(from: 50_000, to: 66_000, until: 103_000, coarse: 8_000_000) }
    #expect(before.tickGap == 16_000 && before.overrun == 0 && !before.hasTickAfter)
    let over = gaps { $0.note(from: 100_000, to: 117_000, until: 103_000, coarse: 8_000_000) }
    #expect(over.hasTickInOverrun && over.overrun == 14_000 && over.tickGap == 17_000)
    // The next gap is another one's.
    let next = gaps {
      $0.note(from: 50_000, to: 66_000, until: 103_000, coarse: 8_000_000)
      $0.note(from: 101_000, to: 106_000, until: 103_000, coarse: 8_000_000)
    }
    #expect(next.tickGap == 16_000 && next.overrun == 3000 && !next.hasTickInOverrun)
  }

  @Test("of several waits the longest overrun is kept, and each take begins anew")
  func longest() {
    var gaps = WaitGaps()
    for late in [5000, 9000, 7000] as [UInt64] {
      gaps.begin(at: 4_000_000)
      gaps.note(from: 95_000, to: 100_000 + late, until: 100_000, coarse: 4_000_000)
    }
    let seen = gaps.take(at: 4_000_000)
    #expect(seen.overrun == 9000 && seen.overrunGap == 14_000)
    #expect(gaps == WaitGaps() && gaps.take(at: 8_000_000) == WaitGaps())
  }

  @Test(
    "a tick behind the wait is known by the coarse clock alone, and only where there was a wait")
  func after() {
    var gaps = WaitGaps()
    #expect(!gaps.take(at: 4_000_000).hasTickAfter)
    gaps.begin(at: 4_000_000)
    #expect(gaps.take(at: 8_000_000).hasTickAfter)
    gaps.begin(at: 8_000_000)
    gaps.note(from: 50_000, to: 66_000, until: 103_000, coarse: 12_000_000)
    #expect(!gaps.take(at: 12_000_000).hasTickAfter)
  }

  /// Takes the calling thread's looks away for a while, when it is asked to make fast what follows.
  private final class Pause: WaitCondition {
    var isOver: Bool { false }
    func warmUp() {
      let end = MonotonicClock.now() + 200_000
      while MonotonicClock.now() < end {}
    }
  }

  @Test(
    "a wait that is kept from its looks knows by how much; one that does not note gaps does not")
  func wait() throws {
    let clock = HostClock()
    let budget = SharedSpinBudget(SpinBudget(percent: 100, at: clock.now()))
    for notesGaps in [true, false] {
      var wait = TimerWait(.spin, budget, clock: clock, notesGaps: notesGaps)
      let deadline = clock.now().adding(nanoseconds: 5_000_000)
      try wait.wait(until: deadline, or: Pause())
      let late = clock.now().nanoseconds - deadline.nanoseconds
      let seen = wait.takeGaps()
      // Its warm-up began less than 15 us before the deadline, unless the host kept it from that.
      #expect(seen.overrun <= late && (seen.overrun > 0) == notesGaps)
      if notesGaps { #expect(seen.overrunGap >= seen.overrun) }
    }
  }
}
