internal import KVM
internal import TimerModels

/// What a run records about its exits.
public struct Recording: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// Wraps the bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// Counts and durations by reason and place.
  public static let statistics = Recording(rawValue: 1)
  /// Every exit, every mark and all that happens to the timers, with their times.
  public static let trace = Recording(rawValue: 2)
  /// The latest of these alone.
  public static let latest = Recording(rawValue: 4)

  /// How many of its latest events a vCPU keeps.
  var exitCapacity: Int {
    contains(.trace)
      ? TraceRing.defaultCapacity : contains(.latest) ? TraceRing.latestCapacity : 0
  }

  /// How many of its latest events a timer keeps.
  var timerCapacity: Int { contains(.trace) ? TraceRing.defaultCapacity : 0 }
}
