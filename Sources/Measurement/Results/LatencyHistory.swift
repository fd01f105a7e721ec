/// How a run's latencies changed over its time: a bounded number of slots of equal width.
///
/// *Guarantee:* at most ``slotCountMax`` slots, however long a run is. Where one more would be needed, two
/// neighbours become one, and the width doubles; so the slots of a run are the same whatever order its
/// latencies are recorded in.
public struct LatencyHistory: Hashable, Sendable {
  /// The latencies of the deadlines that were planned for one slot's time.
  public struct Slot: Hashable, Sendable {
    /// How many there are.
    public internal(set) var count: UInt64 = 0
    /// All added up, in nanoseconds; those outside a histogram's range as its nearest end.
    public internal(set) var sum: UInt64 = 0
    /// The greatest, in nanoseconds, within the same range.
    public internal(set) var maximum: UInt64 = 0

    mutating func add(_ other: Slot) {
      count += other.count
      sum += other.sum
      maximum = max(maximum, other.maximum)
    }
  }

  /// The most slots of a history.
  public static let slotCountMax = 256
  /// The width of a slot before the first doubling, in nanoseconds: about a millisecond.
  public static let widthMin: UInt64 = 1 << 20
  /// The greatest width, in nanoseconds: histories of 19 hours, where a run has at most 14.
  ///
  /// *Why a bound:* the lengths of all runs that a document can hold, below 2^17, add up to less than 2^63.
  static let widthMax: UInt64 = 1 << 38

  /// The slots, from the run's first deadline on; the last is not empty.
  public private(set) var slots: [Slot] = []
  /// The width of each slot, in nanoseconds: ``widthMin`` times a power of two.
  public private(set) var width = widthMin

  /// A history without latencies.
  public init() {}

  /// Counts a latency.
  ///
  /// - Parameters:
  ///   - latency: Nanoseconds; one outside a histogram's range counts as its nearest end.
  ///   - offset: When its deadline was planned, in nanoseconds after the run's first; what is beyond the
  ///     greatest width counts in the last slot.
  mutating func record(_ latency: Int64, at offset: UInt64) {
    let latency = LatencyHistogram.clamped(latency)
    while offset / width >= Self.slotCountMax && width < Self.widthMax { widen() }
    let index = Int(min(offset / width, UInt64(Self.slotCountMax - 1)))
    while slots.count <= index { slots.append(Slot()) }
    slots[index].add(Slot(count: 1, sum: latency, maximum: latency))
  }

  private mutating func widen() {
    width *= 2
    slots = stride(from: 0, to: slots.count, by: 2).map { index in
      var slot = slots[index]
      if index + 1 < slots.count { slot.add(slots[index + 1]) }
      return slot
    }
  }

  /// Makes a history again from what is known of it.
  ///
  /// Returns nil where slots or width are none of a history's, or do not add up to the latencies.
  init?(slots: [Slot], width: UInt64, of latency: LatencyHistogram) {
    let isWidth = (Self.widthMin...Self.widthMax).contains(width) && width.nonzeroBitCount == 1
    guard isWidth, slots.count <= Self.slotCountMax, slots.last?.count != 0 else { return nil }
    guard slots.isEmpty || slots.count > Self.slotCountMax / 2 || width == Self.widthMin else {
      return nil
    }
    var total = Slot()
    for slot in slots {
      guard slot.count <= LatencyHistogram.countMax, slot.maximum <= LatencyHistogram.rangeMax,
        slot.sum >= slot.maximum, slot.sum <= UInt64(Int64.max),
        // No overflow: 2^31 times 2^42 is beyond 2^64, so the division is on the other side.
        slot.count == 0 ? slot.sum == 0 : (slot.sum - slot.maximum) / slot.count <= slot.maximum
      else { return nil }
      // No overflow: 256 terms of at most 2^31.
      total.count += slot.count
      guard total.sum <= UInt64(Int64.max) - slot.sum else { return nil }
      total.sum += slot.sum
      total.maximum = max(total.maximum, slot.maximum)
    }
    let whole = Slot(
      count: latency.count, sum: UInt64(latency.sum),
      maximum: latency.maximum.map(LatencyHistogram.clamped) ?? 0)
    guard slots.isEmpty || total == whole else { return nil }
    (self.slots, self.width) = (slots, width)
  }
}
