// Handing the timer to one in hardware and taking it back, as KVM does for VZ guests.

/// What is read from a hardware Count/Compare timer to take it over, in the order of reading.
///
/// The order matters (CC-19): Count is read before Cause, so that a match that Cause does not
/// show yet lies after `countBefore`; and after it, so that none is taken from after `countAfter`.
public struct HardwareTimerReading: Hashable, Sendable {
  /// Compare, which does not move.
  public var compare: UInt32
  /// The instant just before the rest was read.
  public var time: Instant
  /// Count before Cause.
  public var countBefore: UInt32
  /// Cause.
  public var cause: CP0Cause
  /// Count after Cause: the value to continue from.
  public var countAfter: UInt32

  /// Creates a reading.
  public init(
    compare: UInt32, time: Instant, countBefore: UInt32, cause: CP0Cause, countAfter: UInt32
  ) {
    self.compare = compare
    self.time = time
    self.countBefore = countBefore
    self.cause = cause
    self.countAfter = countAfter
  }
}

extension CountCompareRules {
  /// Gives the timer away: delivers what is due and disarms the host timer.
  ///
  /// *Assumes:* the next operations are `completeHandOver(from:to:)` and
  /// ``takeBack(at:_:toleratedDrift:)``. Count belongs to the hardware in between.
  ///
  /// - Returns: Count at `now`, from which the hardware is to continue.
  public mutating func handOver(at now: Instant) -> UInt32 {
    isCounting ? freeze(at: now) : state.staticCount
  }

  /// Completes `handOver(at:)` once the hardware counts (CC-19).
  ///
  /// Between `start`, which the hardware was loaded with, and `count`, which it shows after its
  /// Cause has been loaded too, it may have met Compare while nothing listened.
  public mutating func completeHandOver(from start: UInt32, to count: UInt32) {
    if hasMatch(after: start, through: count) { raiseTimerInterrupt() }
  }

  /// Takes the timer back from the hardware (CC-19 and CC-20).
  ///
  /// KVM's `kvm_mips_restore_hrtimer`. The hardware's Count may have drifted from what this timer
  /// expects. A little behind is ignored: Count jumps forward by that much. Further behind than
  /// `toleratedDrift`, the bias follows the hardware, to spare the guest a great jump. Ahead of
  /// now, it follows too, since Count must not go back.
  ///
  /// - Parameters:
  ///   - now: The present, at or after the reading's time.
  ///   - reading: What the hardware said.
  ///   - toleratedDrift: How many ticks behind is a little, as a negative number.
  /// - Returns: By how many ticks the bias was changed.
  @discardableResult
  public mutating func takeBack(
    at now: Instant, _ reading: HardwareTimerReading, toleratedDrift: Int32
  ) -> Int32 {
    state.compare = reading.compare
    state.cause = reading.cause.followingTimer
    if hasMatch(after: reading.countBefore, through: reading.countAfter) { raiseTimerInterrupt() }
    let count = reading.countAfter
    guard isCounting else {
      setCount(at: now, count)
      return 0
    }
    var correction = Int32(bitPattern: count &- runningCount(at: reading.time))
    if correction >= toleratedDrift {
      correction = max(0, Int32(bitPattern: count &- runningCount(at: now)))
    }
    state.bias &+= UInt32(bitPattern: correction)
    // From the hardware's last Count to the present one is this timer's own duty.
    let present = runningCount(at: now)
    if hasMatch(after: count, through: present) { raiseTimerInterrupt() }
    resume(at: now, count: present)
    return correction
  }

  /// Takes the timer back, and tolerates a drift of 65536 ticks.
  @discardableResult
  public mutating func takeBack(at now: Instant, _ reading: HardwareTimerReading) -> Int32 {
    takeBack(at: now, reading, toleratedDrift: -0x10000)
  }

  /// Whether a counter going from `start` to `end` meets Compare, `start` itself not counted.
  private func hasMatch(after start: UInt32, through end: UInt32) -> Bool {
    end &- start > state.compare &- start &- 1
  }
}
