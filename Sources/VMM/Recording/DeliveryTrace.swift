internal import TimerModels

/// What to keep of a run whose guest stamps its interrupts (the guest `deadlines`).
public struct DeliveryPlan: Hashable, Sendable {
  /// The most bytes of records to take from the guest.
  public var recordBytesMax: Int
  /// How many stamps each thread and each timer keeps; 0 keeps none, for runs without them.
  public var stampCapacity: Int

  /// Creates a plan.
  public init(recordBytesMax: Int, stampCapacity: Int) {
    self.recordBytesMax = recordBytesMax
    self.stampCapacity = stampCapacity
  }
}

/// What was kept of a run by a ``DeliveryPlan``.
public struct DeliveryTrace: Sendable {
  /// The records of vCPU 0, as the guest laid them out.
  public let records: [UInt8]
  /// Bytes of records that there was no room for.
  public let lostRecordBytes: Int
  /// What vCPU 0's thread stamped.
  public let threadStamps: HostStamps
  /// What vCPU 0's timers stamped, Count/Compare first.
  public let timerStamps: [HostStamps]
  /// The host's TSC against the machine's clock.
  public let calibration: TSCCalibration
  /// The guest's TSC less the host's, modulo 2^64.
  public let guestOffset: UInt64
  /// What deadlines on vCPU 0's counters are on the machine's clock.
  public let scale: DeadlineScale
}

/// Turns deadlines of a vCPU's timers into nanoseconds of the machine's clock.
public struct DeadlineScale: Sendable {
  let count: UInt32
  let countInstant: Instant
  let countHertz: UInt64
  let virtualOrigin: UInt64
  let frequency: CounterFrequency

  /// When Count reaches a Compare, to a tick, the time nearest to `instant` of those a wrap apart.
  ///
  /// Assumes: Count has not been written, stopped or changed in frequency.
  public func nanoseconds(ofCompare compare: UInt32, near instant: UInt64) -> UInt64 {
    let elapsed = Int64(bitPattern: instant &- countInstant.nanoseconds)
    // Full width: a product of less than 2^63 and at most 10^9, and a quotient below 2^63.
    let ticks = Int64(
      truncatingIfNeeded: Int128(elapsed) * Int128(countHertz) / 1_000_000_000)
    let countThen = count &+ UInt32(truncatingIfNeeded: ticks)
    let ahead = Int64(Int32(bitPattern: compare &- countThen))
    // Below 2^31 * 10^9.
    return UInt64(
      bitPattern: Int64(bitPattern: instant) &+ ahead * 1_000_000_000 / Int64(countHertz))
  }

  /// When CNTVCT reaches a CVAL; nil where that is past the end of time.
  public func nanoseconds(ofCompareValue value: UInt64) -> UInt64? {
    frequency.instant(ofTick: virtualOrigin &+ value)?.nanoseconds
  }
}
