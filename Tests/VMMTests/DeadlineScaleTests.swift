import Testing
import TimerModels

@testable import VMM

@Suite("Deadlines of Count/Compare in nanoseconds")
struct DeadlineScaleTests {
  /// Count was 1000 at 100 s, at 100 MHz unless said otherwise: a wrap takes 42.95 s.
  private func scale(hertz: UInt64 = 100_000_000) -> DeadlineScale {
    DeadlineScale(
      count: 1000, countInstant: Instant(nanoseconds: 100_000_000_000), countHertz: hertz,
      virtualOrigin: 0, frequency: .default)
  }

  private static let wrap: UInt64 = 42_949_672_960

  @Test("Compare is reached for the first time after it was written, however late the interrupt is")
  func firstMatch() {
    let written: UInt64 = 60_000_000_000
    // Count at 60 s is 4 * 10^9 ticks less, modulo 2^32.
    let then = UInt32(truncatingIfNeeded: 1000 - 4_000_000_000)
    #expect(scale().nanoseconds(ofCompare: then &+ 5000, after: written) == written + 50_000)
    #expect(scale().nanoseconds(ofCompare: then, after: written) == written)
    // A tick behind is nearly a wrap ahead.
    #expect(
      scale().nanoseconds(ofCompare: then &- 1, after: written) == written + Self.wrap - 10)
    // More than half a wrap ahead.
    #expect(
      scale().nanoseconds(ofCompare: then &+ 3_000_000_000, after: written)
        == written + 30_000_000_000)
  }

  @Test(
    "times before the reading, after it and at it are on one scale",
    arguments: [1, 3, 1000, 62_500_000, 100_000_000, 1_000_000_000] as [UInt64])
  func scales(hertz: UInt64) {
    let scale = scale(hertz: hertz)
    for instant in [0, 1, 99_999_999_999, 100_000_000_000, 100_000_000_001, 7_000_000_000_000]
      as [UInt64]
    {
      let ticks = Int64((Double(instant) - 1e11) * Double(hertz) / 1e9)
      let ahead: UInt32 = 12
      let deadline = scale.nanoseconds(
        ofCompare: UInt32(truncatingIfNeeded: 1000 + ticks) &+ ahead, after: instant)
      let tick = 1_000_000_000 / hertz + 1
      #expect(deadline >= instant, "\(instant)")
      #expect(deadline <= instant + (UInt64(ahead) + 2) * tick, "\(instant)")
    }
  }

  @Test("every Compare is within one wrap of when it was written")
  func extremes() {
    for compare in [0, 1, 999, 1000, 1001, 0x7fff_ffff, 0x8000_0000, .max] as [UInt32] {
      for instant in [0, 100_000_000_000, UInt64(Int64.max)] as [UInt64] {
        let deadline = scale().nanoseconds(ofCompare: compare, after: instant)
        #expect(deadline >= instant && deadline - instant < Self.wrap, "\(compare) \(instant)")
      }
    }
  }
}
