internal import TimerModels

/// Turns deadlines of a vCPU's timers into nanoseconds of the machine's clock.
public struct DeadlineScale: Sendable {
  let count: UInt32
  let countInstant: Instant
  let countHertz: UInt64
  let virtualOrigin: UInt64
  let frequency: CounterFrequency

  /// Ticks of Count per second.
  public var countFrequency: UInt64 { countHertz }
  /// Ticks of CNTVCT per second.
  public var counterFrequency: UInt64 { UInt64(frequency.hertz) }

  /// When Count reaches a Compare for the first time after an instant, to a tick.
  ///
  /// *Why not the time nearest to the handler's run:* an interrupt that is lost comes a wrap later, and
  /// would then be in time. The time of writing distinguishes one wrap from the next.
  ///
  /// Assumes: Count has not been written, stopped or changed in frequency.
  ///
  /// - Parameters:
  ///   - compare: Compare as it was written.
  ///   - instant: Nanoseconds: a time before it was written by less than a wrap.
  /// - Returns: Nanoseconds.
  public func nanoseconds(ofCompare compare: UInt32, after instant: UInt64) -> UInt64 {
    let elapsed = Int128(Int64(bitPattern: instant &- countInstant.nanoseconds))
    // Full width, rounded down for times before the reading, too: less than 2^63 * 10^9.
    let product = elapsed * Int128(countHertz)
    let second: Int128 = 1_000_000_000
    let ticks = (product - (product < 0 ? second - 1 : 0)) / second
    let ahead = compare &- (count &+ UInt32(truncatingIfNeeded: ticks))
    // Below 2^32 * 10^9.
    return instant &+ UInt64(ahead) * 1_000_000_000 / countHertz
  }

  /// When CNTVCT reaches a CVAL; nil where that is past the end of time.
  public func nanoseconds(ofCompareValue value: UInt64) -> UInt64? {
    frequency.instant(ofTick: virtualOrigin &+ value)?.nanoseconds
  }
}
