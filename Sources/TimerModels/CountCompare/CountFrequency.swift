/// How fast a Count register counts: 1 Hz to 1 GHz.
///
/// That the bounds hold for every value of this type is what keeps all products below inside
/// 64 bits.
public struct CountFrequency: Hashable, Sendable {
  /// Ticks per second, from 1 to ``maximumHertz``.
  public let hertz: UInt64

  /// The nanoseconds in which Count wraps, `2^32 * 10^9 / hertz`, rounded down.
  ///
  /// KVM's `count_period`: 42 949 672 960 at 100 MHz.
  public let wrapNanoseconds: UInt64

  /// The highest frequency: one tick a nanosecond.
  public static let maximumHertz: UInt64 = 1_000_000_000

  /// 100 MHz, the frequency of a new timer (CC-5).
  public static let `default` = CountFrequency(validHertz: 100_000_000)

  /// Creates a frequency.
  ///
  /// - Parameter hertz: Ticks per second.
  /// - Throws: ``CountCompareError/invalidFrequency(hertz:)`` unless it is from 1 to
  ///   ``maximumHertz`` (CC-16).
  public init(hertz: UInt64) throws(CountCompareError) {
    guard (1...Self.maximumHertz).contains(hertz) else { throw .invalidFrequency(hertz: hertz) }
    self.init(validHertz: hertz)
  }

  private init(validHertz hertz: UInt64) {
    self.hertz = hertz
    wrapNanoseconds = (Self.nanosecondsPerSecond << 32) / hertz
  }

  private static let nanosecondsPerSecond: UInt64 = 1_000_000_000

  /// The whole ticks from the origin of time to `now`, modulo 2^32: exact at every instant.
  ///
  /// Nothing here can overflow, so there is no need for the dynamic bias by which KVM's
  /// `kvm_mips_ktime_to_count` keeps its one product in range, and no state to hold it.
  public func ticks(at now: Instant) -> UInt32 {
    UInt32(truncatingIfNeeded: now.ticks(hertz: hertz))
  }

  /// How long `ticks` last in nanoseconds, rounded down.
  ///
  /// *Assumes:* at most 2^32 ticks, one wrap of Count. The product is then at most 4.3 * 10^18,
  /// which is below 2^62.
  public func nanoseconds(forTicks ticks: UInt64) -> UInt64 {
    ticks * Self.nanosecondsPerSecond / hertz
  }
}
