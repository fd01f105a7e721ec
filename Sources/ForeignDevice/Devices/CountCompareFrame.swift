internal import TimerModels

/// What a search's time and counts are on a device that cannot be shifted: the device stays where it is, and all
/// that goes to it and comes from it is moved instead.
struct CountCompareFrame: Hashable, Sendable {
  /// The device's time less the search's, in nanoseconds.
  private var time: UInt64 = 0
  /// The search's counts less the device's.
  private var counts: UInt32 = 0

  /// Both.
  var words: [2 of UInt64] {
    get { [time, UInt64(counts)] }
    set { (time, counts) = (newValue[0], UInt32(truncatingIfNeeded: newValue[1])) }
  }

  /// Moves the search's present back, and its counts on.
  mutating func shift(by nanoseconds: UInt64, counts more: UInt32) {
    time &+= nanoseconds
    counts &+= more
  }

  /// A device that starts from 0 does so for both.
  mutating func restart() { counts = 0 }

  /// The device's time.
  func instant(_ now: Instant) -> Instant { Instant(nanoseconds: now.nanoseconds &+ time) }

  /// The search's time.
  func alarm(_ alarm: Instant?) -> Instant? {
    alarm.map { Instant(nanoseconds: $0.nanoseconds - min($0.nanoseconds, time)) }
  }

  /// The search's count.
  func count(_ value: UInt64) -> UInt64 { UInt64(UInt32(truncatingIfNeeded: value) &+ counts) }

  /// An access with the device's counts.
  func access(_ access: CountCompareGuestAccess) -> CountCompareGuestAccess {
    switch access {
    case .writeCount(let count): .writeCount(count &- counts)
    case .writeCompare(let compare): .writeCompare(compare &- counts)
    default: access
    }
  }

  /// What the device answered to an access, in the search's counts.
  func value(_ value: UInt64, of access: CountCompareGuestAccess) -> UInt64 {
    switch access {
    case .readCount, .readCompare, .readCycleCounter: count(value)
    default: value
    }
  }

  /// An access with the device's time and counts.
  func access(_ access: CountCompareHostAccess) -> CountCompareHostAccess {
    switch access {
    case .writeCount(let count): .writeCount(count &- counts)
    case .writeCompare(let compare): .writeCompare(compare &- counts)
    case .writeResume(let nanoseconds): .writeResume(nanoseconds &+ time)
    default: access
    }
  }

  /// What the device answered to an access, in the search's time and counts.
  func value(_ value: UInt64, of access: CountCompareHostAccess) -> UInt64 {
    switch access {
    case .readCount, .readCompare: count(value)
    case .readResume: value - min(value, time)
    default: value
    }
  }
}
