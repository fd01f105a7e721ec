/// How fast the system counter counts, CNTFRQ: 1 Hz to 1 GHz.
///
/// Both conversions are exact at every instant and start from the origin of time, so there is no
/// remainder to carry from one to the next. Timers that share a frequency share nothing else, and
/// rounding for one cannot delay another.
public struct CounterFrequency: Hashable, Sendable {
  /// Ticks per second, from 1 to ``maximumHertz``.
  public let hertz: UInt32

  /// The highest frequency: one tick a nanosecond.
  public static let maximumHertz: UInt32 = 1_000_000_000

  /// 62.5 MHz, a tick of 16 ns.
  public static let `default` = CounterFrequency(validHertz: 62_500_000)

  /// Creates a frequency.
  ///
  /// - Parameter hertz: Ticks per second.
  /// - Throws: ``GenericTimerError/invalidFrequency(hertz:)`` unless it is from 1 to
  ///   ``maximumHertz``.
  public init(hertz: UInt64) throws(GenericTimerError) {
    guard (1...UInt64(Self.maximumHertz)).contains(hertz) else {
      throw .invalidFrequency(hertz: hertz)
    }
    self.init(validHertz: UInt32(hertz))
  }

  private init(validHertz hertz: UInt32) {
    self.hertz = hertz
  }

  private static let nanosecondsPerSecond: UInt64 = 1_000_000_000

  /// The whole ticks from the origin of time to `now`: the counter never wraps.
  public func ticks(at now: Instant) -> UInt64 { now.ticks(hertz: UInt64(hertz)) }

  /// The first instant at which `ticks` whole ticks have passed, or nil when there is none.
  ///
  /// Rounded up, so that a thread that sleeps until then finds the tick there. There is none when it
  /// lies after ``Instant/distantFuture``.
  public func instant(ofTick ticks: UInt64) -> Instant? {
    let hertz = UInt64(hertz)
    let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: hertz)
    // `rest` is below `hertz`, so this product stays below 10^18.
    let part = (rest * Self.nanosecondsPerSecond + hertz - 1) / hertz
    let (whole, tooLong) = seconds.multipliedReportingOverflow(by: Self.nanosecondsPerSecond)
    let (sum, tooLate) = whole.addingReportingOverflow(part)
    return tooLong || tooLate ? nil : Instant(nanoseconds: sum)
  }
}
