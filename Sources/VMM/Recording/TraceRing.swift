internal import KVM

/// The latest events of one vCPU, in storage that is laid out once.
public struct TraceRing: Sendable {
  static let defaultCapacity = 1 << 16
  static let latestCapacity = 64

  private var storage: [TraceEvent]
  private let capacity: Int
  private var total = 0

  /// What the storage of so many events takes, in bytes.
  static func byteCount(capacity: Int) -> Int { capacity * MemoryLayout<TraceEvent>.stride }

  /// A ring that keeps the latest `capacity` events; 0 keeps none.
  init(capacity: Int) {
    self.capacity = capacity
    storage = []
    storage.reserveCapacity(capacity)
  }

  /// Whether any event is kept.
  var isKept: Bool { capacity > 0 }

  /// How many events were overwritten by later ones.
  public var lost: Int { total - storage.count }

  /// The kept events, the oldest first.
  public var events: [TraceEvent] {
    guard lost > 0 else { return storage }
    let oldest = total % capacity
    return Array(storage[oldest...] + storage[..<oldest])
  }

  /// The latest events, so many or all that were kept, the oldest first.
  func latest(_ count: Int) -> [TraceEvent] {
    let first = max(0, total - min(count, storage.count))
    return (first..<total).map { storage[$0 % capacity] }
  }

  /// Forgets all events.
  ///
  /// *Why nothing is done where there are none:* a copy of the ring may share its storage, which would be laid out anew.
  mutating func removeAll() {
    guard total > 0 else { return }
    storage.removeAll(keepingCapacity: true)
    total = 0
  }

  /// Says what the access of the latest event, an exit, read.
  mutating func complete(value: UInt64) {
    guard total > 0 else { return }
    storage[(total - 1) % capacity].value = value
  }

  mutating func append(_ event: TraceEvent) {
    guard capacity > 0 else { return }
    if storage.count < capacity { storage.append(event) } else { storage[total % capacity] = event }
    total += 1
  }
}
