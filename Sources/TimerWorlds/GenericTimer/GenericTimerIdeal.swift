/// What a generic timer and its controller are to do, from the rules alone: the measure of
/// ``GenericTimerWorld``.
///
/// Two timers at 500 MHz, a tick of 2 ns, and the two PPIs that they drive, of equal priority. It
/// knows of no alarms, no pushing and no checkpoints: none of them can be seen.
struct GenericTimerIdeal: Hashable, Sendable {
  /// A timer and its PPI.
  struct Channel: Hashable, Sendable {
    var isEnabled = false
    var isMasked = false
    var compare: UInt64 = 0
    var isInterruptEnabled = true
    var isLatched = false
    var isActive = false

    func isMet(_ count: UInt64) -> Bool { compare <= count }

    /// The timer's output, and so the PPI's input.
    func line(_ count: UInt64) -> Bool { isEnabled && !isMasked && isMet(count) }

    func isPending(_ count: UInt64) -> Bool { isLatched || line(count) }
  }

  /// How far CNTVCT is behind CNTPCT, or before it.
  static let offset: UInt64 = 1000
  static let tickNanoseconds: UInt64 = 2

  /// Whether CNTVCT is before CNTPCT: CNTVOFF is a little less than 2^64.
  var isAhead = false
  var virtual = Channel()
  var physical = Channel()
  /// The PPI whose handler runs: taken, and not ended.
  ///
  /// They are of equal priority, so there is one at most.
  var running: UInt32?

  /// CNTVCT at `now`.
  func virtualCount(_ now: UInt64) -> UInt64 {
    isAhead ? Self.physicalCount(now) + Self.offset : Self.physicalCount(now) - Self.offset
  }
  /// CNTPCT at `now`.
  static func physicalCount(_ now: UInt64) -> UInt64 { now / tickNanoseconds }

  /// The PPI that the CPU is to be interrupted for: 27 comes before 30.
  func due(at now: UInt64) -> UInt32? {
    guard running == nil else { return nil }
    if virtual.isInterruptEnabled, !virtual.isActive, virtual.isPending(virtualCount(now)) {
      return 27
    }
    if physical.isInterruptEnabled, !physical.isActive,
      physical.isPending(Self.physicalCount(now))
    {
      return 30
    }
    return nil
  }

  /// Reads GICC_IAR.
  mutating func acknowledge(at now: UInt64) -> UInt32 {
    guard let id = due(at: now) else { return 1023 }
    running = id
    if id == 27 {
      virtual.isActive = true
      virtual.isLatched = false
    } else {
      physical.isActive = true
      physical.isLatched = false
    }
    return id
  }

  /// Writes GICC_EOIR for the handler that runs.
  mutating func end() {
    if running == 27 { virtual.isActive = false } else { physical.isActive = false }
    running = nil
  }

  /// Resets the timers, and their PPIs but for the enable bits.
  mutating func reset() {
    virtual.isEnabled = false
    virtual.isMasked = false
    virtual.isLatched = false
    physical.isEnabled = false
    physical.isMasked = false
    physical.isLatched = false
  }

  /// The next instant at which a condition becomes met.
  func nextDeadline(after now: UInt64) -> UInt64? {
    let ticks = [
      virtual.compare &- virtualCount(now), physical.compare &- Self.physicalCount(now),
    ]
    guard let least = ticks.filter({ $0 > 0 && $0 < 1 << 16 }).min() else { return nil }
    return (now / Self.tickNanoseconds + least) * Self.tickNanoseconds
  }
}
