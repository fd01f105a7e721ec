/// The processor time that a campaign took.
public struct ProcessorUse: Hashable, Sendable {
  /// How long the campaign lasted, in nanoseconds.
  public var elapsed: UInt64
  /// The processor time of the whole program in that span, in nanoseconds.
  public var busy: UInt64
  /// The part of ``busy`` that was spent waiting for a deadline without sleeping, in nanoseconds.
  public var spinning: UInt64

  /// Creates the times, in nanoseconds.
  public init(elapsed: UInt64 = 0, busy: UInt64 = 0, spinning: UInt64 = 0) {
    (self.elapsed, self.busy, self.spinning) = (elapsed, busy, spinning)
  }

  /// The share of one core that spinning took; nil for a campaign without duration.
  public var spinShare: Double? { elapsed == 0 ? nil : Double(spinning) / Double(elapsed) }

  /// The share of one core that the program took; nil for a campaign without duration.
  public var busyShare: Double? { elapsed == 0 ? nil : Double(busy) / Double(elapsed) }

  mutating func add(_ other: ProcessorUse) throws(LatencyHistogram.Overflow) {
    elapsed = try sum(elapsed, other.elapsed)
    busy = try sum(busy, other.busy)
    spinning = try sum(spinning, other.spinning)
  }
}

/// What the stamps of a campaign cost, and what became of them.
public struct StampingCost: Hashable, Sendable {
  /// How many stamps were kept.
  public var stamps: UInt64
  /// How many there was no room for.
  public var dropped: UInt64
  /// How many of those kept are in no deadline's chain: of a wake-up that was for nothing, or of a stage
  /// that was passed again.
  public var strays: UInt64
  /// What they cost together, in nanoseconds: their number times the measured cost of one.
  public var nanoseconds: UInt64

  /// Creates the counts.
  public init(stamps: UInt64 = 0, dropped: UInt64 = 0, strays: UInt64 = 0, nanoseconds: UInt64 = 0)
  {
    (self.stamps, self.dropped) = (stamps, dropped)
    (self.strays, self.nanoseconds) = (strays, nanoseconds)
  }

  /// What one stamp cost, in nanoseconds; nil when there is none.
  public var nanosecondsPerStamp: Double? {
    stamps == 0 ? nil : Double(nanoseconds) / Double(stamps)
  }

  /// Adds those of another run, or vCPU.
  ///
  /// - Throws: ``LatencyHistogram/Overflow/sum`` for a sum of more than 64 bits.
  public mutating func add(_ other: StampingCost) throws(LatencyHistogram.Overflow) {
    stamps = try sum(stamps, other.stamps)
    dropped = try sum(dropped, other.dropped)
    strays = try sum(strays, other.strays)
    nanoseconds = try sum(nanoseconds, other.nanoseconds)
  }
}

func sum(_ left: UInt64, _ right: UInt64) throws(LatencyHistogram.Overflow) -> UInt64 {
  let (sum, overflows) = left.addingReportingOverflow(right)
  guard !overflows else { throw .sum }
  return sum
}
