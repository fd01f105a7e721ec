internal import LinuxHost

/// What this program stamps of an interrupt's way to the guest.
public enum HostEvent: UInt8, Hashable, Sendable {
  /// A sleep for the timer ended after its deadline.
  case hostWake
  /// The thread that serves the deadline looks at the timer.
  case threadRunning
  /// The vCPU's interrupt is queued: the next thing is to enter the guest.
  case injected
  /// A timer's line was driven high, and the call that did it returned.
  case lineHigh
  /// A timer's line was driven low, and the call that did it returned.
  case lineLow
}

/// An event with the host's TSC.
public struct HostStamp: Hashable, Sendable {
  /// What happened.
  public let event: HostEvent
  /// When: the host's TSC.
  public let cycles: UInt64
}

/// The stamps of one owner, a thread or a device behind its lock, in storage that is laid out once.
///
/// *Guarantee:* `note(_:)` neither allocates nor locks. What does not fit is counted.
public struct HostStamps: Sendable {
  /// What was stamped, in the order of time.
  public private(set) var stamps: [HostStamp]
  /// How many stamps there was no room for.
  public private(set) var dropped = 0
  private let capacity: Int

  /// Room for `capacity` stamps; with 0, nothing is stamped and nothing counted.
  init(capacity: Int) {
    self.capacity = capacity
    stamps = Array(mapping: capacity, writing: HostStamp(event: .hostWake, cycles: 0))
  }

  @inline(__always)
  mutating func note(_ event: HostEvent) {
    guard capacity > 0 else { return }
    append(event, HostTSC.now())
  }

  /// Notes an event of a moment ago; 0 stands for one that was not stamped.
  mutating func note(_ event: HostEvent, at cycles: UInt64) {
    guard capacity > 0 && cycles != 0 else { return }
    append(event, cycles)
  }

  private mutating func append(_ event: HostEvent, _ cycles: UInt64) {
    guard stamps.count < capacity else {
      dropped += 1
      return
    }
    stamps.append(HostStamp(event: event, cycles: cycles))
  }

  /// What a stamp costs, in nanoseconds: the mean of many.
  public static func measureCost() -> Double {
    let count = 1 << 16
    var stamps = HostStamps(capacity: count)
    let start = MonotonicClock.now()
    for _ in 0..<count { stamps.note(.injected) }
    return Double(MonotonicClock.now() - start) / Double(count)
  }
}
