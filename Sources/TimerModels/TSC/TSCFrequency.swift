/// How fast a vCPU's TSC counts, with the factors by which KVM converts nanoseconds into cycles.
///
/// The factors are those of KVM's `kvm_get_time_scale`, so that ``cycles(in:)`` rounds exactly
/// where `nsec_to_cycles` does.
public struct TSCFrequency: Hashable, Sendable {
  /// Kilohertz, at least 1; KVM's `virtual_tsc_khz`.
  public let kilohertz: UInt32
  /// A power of two applied to the nanoseconds first, right if negative; `virtual_tsc_shift`.
  public let shift: Int8
  /// What the shifted nanoseconds are multiplied by, in units of 2^-32; `virtual_tsc_mult`.
  public let multiplier: UInt32

  /// Creates a frequency.
  ///
  /// The two loops keep the ratio `cycles / nanoseconds` between a half and one: first the
  /// nanoseconds lose what lies beyond twice the cycles, then they are doubled until they exceed
  /// the cycles. So the multiplier uses all its 32 bits, and never overflows them. Both end,
  /// since the frequency is not 0.
  ///
  /// - Parameter kilohertz: The frequency.
  /// - Throws: ``TSCMatchingError/noFrequency`` for 0.
  public init(kilohertz: UInt32) throws(TSCMatchingError) {
    guard kilohertz > 0 else { throw .noFrequency }
    var cycles = UInt64(kilohertz) * 1000
    var nanoseconds: UInt64 = 1_000_000_000
    var shift: Int8 = 0
    while nanoseconds > 2 * cycles {
      nanoseconds >>= 1
      shift -= 1
    }
    while nanoseconds <= cycles || cycles > UInt64(UInt32.max) {
      if cycles > UInt64(UInt32.max) || nanoseconds & 0x8000_0000 != 0 {
        cycles >>= 1
      } else {
        nanoseconds <<= 1
      }
      shift += 1
    }
    self.kilohertz = kilohertz
    self.shift = shift
    multiplier = UInt32(truncatingIfNeeded: (cycles << 32) / nanoseconds)
  }

  /// Cycles in a second, which are exact.
  public var hertz: UInt64 { UInt64(kilohertz) * 1000 }

  /// The cycles in so many nanoseconds, rounded down, modulo 2^64; KVM's `nsec_to_cycles`.
  ///
  /// At 2 345 678 kHz, 100 ms give 234 567 799, one less than the frequency says. The shift
  /// loses high bits of intervals beyond centuries, as KVM's does: an interval that is negative
  /// when taken as signed gives no sensible number.
  public func cycles(in nanoseconds: UInt64) -> UInt64 {
    // A smart shift: to the right where the shift is negative, and of 64 and more gives 0.
    let shifted = nanoseconds << shift
    return UInt64(truncatingIfNeeded: (UInt128(shifted) * UInt128(multiplier)) >> 32)
  }
}
