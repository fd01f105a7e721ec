/// One event of an interrupt's chain as it is noted while it happens; 16 bytes.
public struct Stamp: Hashable, Sendable {
  /// Nanoseconds of the campaign's clock.
  public let instant: UInt64
  private let number: UInt32
  /// What happened.
  public let stage: Stage

  private static let unknown = UInt32.max

  /// Notes that `stage` happened at `instant`.
  ///
  /// - Parameters:
  ///   - stage: What happened.
  ///   - deadline: The number of the planned deadline, from 0; nil where it is not known. Numbers
  ///     from 2^32 - 1 on count as not known.
  ///   - instant: When, in nanoseconds.
  public init(_ stage: Stage, deadline: Int?, at instant: UInt64) {
    self.stage = stage
    self.instant = instant
    number = deadline.flatMap { UInt32(exactly: $0) } ?? Self.unknown
  }

  /// The number of the planned deadline, from 0, or nil where it is not known.
  public var deadline: Int? { number == Self.unknown ? nil : Int(number) }
}

/// The stamps of one thread, first in, first out, in storage that is laid out once.
///
/// *Guarantee:* after creation ``append(_:)`` and ``removeFirst()`` neither allocate nor lock, as
/// long as no copy of the ring is alive. *Assumes* one owner: a thread stamps into its own ring, and
/// the ring is read when that thread has stopped, or by itself between two deadlines.
///
/// A full ring refuses what is new and counts it. So what it holds joins what was taken out before
/// without a gap, and ``dropped`` is all that is missing.
public struct StampRing: Sendable {
  private var storage: [Stamp]
  private var head = 0
  /// How many stamps are held.
  public private(set) var count = 0
  /// How many stamps were taken in since creation.
  public private(set) var accepted: UInt64 = 0
  /// How many stamps were refused since creation because the ring was full.
  public private(set) var dropped: UInt64 = 0

  /// An empty ring for `capacity` stamps, which must be more than 0.
  public init(capacity: Int) {
    precondition(capacity > 0, "a ring holds at least one stamp")
    storage = Array(repeating: Stamp(.hostWake, deadline: nil, at: 0), count: capacity)
  }

  /// How many stamps the ring can hold.
  public var capacity: Int { storage.count }

  /// Takes a stamp in, or counts it as dropped.
  public mutating func append(_ stamp: Stamp) {
    guard count < storage.count else {
      dropped += 1
      return
    }
    // No overflow: both terms are below the capacity of an array.
    var tail = head + count
    if tail >= storage.count { tail -= storage.count }
    storage[tail] = stamp
    count += 1
    accepted += 1
  }

  /// Takes the oldest stamp out, or returns nil when there is none.
  public mutating func removeFirst() -> Stamp? {
    guard count > 0 else { return nil }
    let stamp = storage[head]
    head += 1
    if head == storage.count { head = 0 }
    count -= 1
    return stamp
  }

  /// The stamps held, the oldest first.
  public var stamps: [Stamp] {
    (0..<count).map { storage[(head + $0) % storage.count] }
  }
}
