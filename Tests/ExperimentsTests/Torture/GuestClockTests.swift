import Testing

@testable import Experiments

/// The clocks that a guest stores.
@Suite("Clocks of a guest")
struct GuestClockTests {
  /// A TSC and a `pvclock_vcpu_time_info` of 3 GHz, with a version before and one behind.
  private func clock(
    tsc: UInt64, version: UInt32 = 2, after: UInt32? = nil, shift: Int8 = -1
  ) -> GuestClock {
    func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    return GuestClock(
      bytes(tsc, 8) + bytes(UInt64(version), 4) + bytes(0, 4) + bytes(3_000_000, 8)
        + bytes(500_000, 8) + bytes(0xaaaa_aaab, 4) + [UInt8(bitPattern: shift), 1, 0, 0]
        + bytes(UInt64(after ?? version), 4))
  }

  @Test("the paravirtual clock counts from its stamp, ahead and back")
  func paravirtual() {
    #expect(clock(tsc: 6_000_000).nanoseconds(.kvmclock, tscKilohertz: 1) == 1_500_000)
    #expect(clock(tsc: 2_700_000).nanoseconds(.kvmclock, tscKilohertz: 1) == 399_999)
    #expect(clock(tsc: 6_000_000, version: 3).nanoseconds(.kvmclock, tscKilohertz: 1) == nil)
    #expect(clock(tsc: 6_000_000, version: 0).nanoseconds(.kvmclock, tscKilohertz: 1) == nil)
    #expect(clock(tsc: 6_000_000, after: 4).nanoseconds(.kvmclock, tscKilohertz: 1) == nil)
    #expect(clock(tsc: 6_000_000, shift: -128).nanoseconds(.kvmclock, tscKilohertz: 1) == nil)
  }

  @Test("the TSC counts at its frequency")
  func tsc() {
    #expect(clock(tsc: 6_000_000).nanoseconds(.tsc, tscKilohertz: 3_000_000) == 2_000_000)
    #expect(
      clock(tsc: .max).nanoseconds(.tsc, tscKilohertz: 1_000_000)
        == Int64(truncatingIfNeeded: UInt64.max))
  }
}
