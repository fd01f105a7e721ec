internal import LinuxHost
internal import TimerModels

/// A straight line through two readings of a clock beside the host's TSC.
///
/// The TSC is what guest and host both read; the clock is what deadlines are on.
public struct TSCCalibration: Hashable, Sendable {
  /// One reading of both.
  public struct Reading: Hashable, Sendable {
    /// The TSC.
    public let cycles: UInt64
    /// The clock, in nanoseconds.
    public let nanoseconds: UInt64
    /// How many cycles the reading took: half of that is how far it may be off.
    public let width: UInt64

    /// Creates a reading.
    public init(cycles: UInt64, nanoseconds: UInt64, width: UInt64 = 0) {
      self.cycles = cycles
      self.nanoseconds = nanoseconds
      self.width = width
    }

    /// Reads both, the narrowest of 32 times.
    static func take(_ clock: MachineClock) -> Reading {
      var best = one(clock)
      for _ in 0..<31 {
        let next = one(clock)
        if next.width < best.width { best = next }
      }
      return best
    }

    private static func one(_ clock: MachineClock) -> Reading {
      let before = HostTSC.now()
      let nanoseconds = clock.now().nanoseconds
      let width = HostTSC.now() &- before
      return Reading(cycles: before &+ width / 2, nanoseconds: nanoseconds, width: width)
    }
  }

  /// The reading before.
  public let first: Reading
  /// The reading after.
  public let last: Reading

  /// The line through two readings.
  public init(_ first: Reading, _ last: Reading) {
    self.first = first
    self.last = last
  }

  /// Cycles a nanosecond; 1 where no time lies between the readings.
  public var cyclesPerNanosecond: Double {
    let (cycles, time) = (last.cycles &- first.cycles, last.nanoseconds &- first.nanoseconds)
    return cycles == 0 || time == 0 ? 1 : Double(cycles) / Double(time)
  }

  /// The clock at a TSC, in nanoseconds; 0 for one so long before the readings that there was none.
  ///
  /// A difference to the first reading has 53 bits of the 64: exact to the cycle for 40 days.
  public func nanoseconds(at cycles: UInt64) -> UInt64 {
    let distance = Double(Int64(bitPattern: cycles &- first.cycles)) / cyclesPerNanosecond
    let offset = Int64(distance.rounded())
    return offset >= 0
      ? first.nanoseconds &+ UInt64(offset)
      : first.nanoseconds - min(first.nanoseconds, offset.magnitude)
  }
}
