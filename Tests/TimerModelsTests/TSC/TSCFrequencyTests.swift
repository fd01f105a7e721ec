import Testing
import TimerModels

@Suite("TSC frequency")
struct TSCFrequencyTests {
  @Test(
    "the factors are kvm_get_time_scale's",
    arguments: [
      (1, -19, 0x863e_0519), (1000, -9, 0x8312_6e97), (32_768, -4, 0x8637_bd05),
      (800_000, 0, 0xcccc_cccc), (999_999, 0, 0xffff_ef39), (1_000_000, 1, 0x8000_0000),
      (1_000_001, 1, 0x8000_0863), (2_345_678, 2, 0x961f_969e), (2_500_000, 2, 0xa000_0000),
      (3_000_000, 2, 0xc000_0000), (4_294_967_295, 13, 0x8637_bd04),
    ] as [(UInt32, Int8, UInt32)])
  func factors(kilohertz: UInt32, shift: Int8, multiplier: UInt32) throws {
    let frequency = try TSCFrequency(kilohertz: kilohertz)
    #expect(frequency.shift == shift)
    #expect(frequency.multiplier == multiplier)
  }

  @Test("cycles are rounded down, where KVM rounds them")
  func cycles() throws {
    let uneven = try TSCFrequency(kilohertz: 2_345_678)
    #expect(uneven.cycles(in: 100_000_000) == 234_567_799)
    #expect(uneven.cycles(in: 0) == 0)
    let even = try TSCFrequency(kilohertz: 2_500_000)
    #expect(even.cycles(in: 100_000_000) == 250_000_000)
    #expect(even.cycles(in: 1) == 2)
    #expect(even.hertz == 2_500_000_000)
  }

  @Test("an interval of any length converts, modulo 2^64")
  func longIntervals() throws {
    for kilohertz in [1, 1000, 2_345_678, 4_294_967_295] as [UInt32] {
      let frequency = try TSCFrequency(kilohertz: kilohertz)
      _ = frequency.cycles(in: .max)
    }
    // The two highest bits are lost to the shift.
    #expect(try TSCFrequency(kilohertz: 2_500_000).cycles(in: 1 << 62) == 0)
  }

  @Test("0 kHz is refused")
  func zero() {
    #expect(throws: TSCMatchingError.noFrequency) { try TSCFrequency(kilohertz: 0) }
  }
}
