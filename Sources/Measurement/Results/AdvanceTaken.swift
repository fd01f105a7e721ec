/// How long before their deadlines a campaign's vCPU was entered, and what the spin budget did to that.
public struct AdvanceTaken: Hashable, Sendable {
  /// The longest advance, in nanoseconds; 0 for none.
  public var nanoseconds: UInt64
  /// How many waits could not look at the clock for as long as they should, because the budget had not so
  /// much: their interrupts are as late as the host's wake-ups.
  public var shortenedWaits: UInt64

  /// Creates the figures.
  public init(nanoseconds: UInt64 = 0, shortenedWaits: UInt64 = 0) {
    (self.nanoseconds, self.shortenedWaits) = (nanoseconds, shortenedWaits)
  }

  mutating func add(_ other: AdvanceTaken) throws(LatencyHistogram.Overflow) {
    nanoseconds = max(nanoseconds, other.nanoseconds)
    shortenedWaits = try sum(shortenedWaits, other.shortenedWaits)
  }
}
