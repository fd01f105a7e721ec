/// Something that is done to a Count/Compare timer, and when.
public struct CountCompareStep: Hashable, Sendable {
  /// What is done.
  public enum Operation: Hashable, Sendable {
    /// An access of the guest.
    case guest(CountCompareGuestAccess)
    /// An access of the host.
    case host(CountCompareHostAccess)
    /// A wake-up.
    case wakeUp
    /// A shift in time and counts.
    case shift(nanoseconds: UInt64, counts: UInt32)
    /// Another timer of the kind takes this one's place, as after reset.
    case restart(CountFrequency)
  }

  /// The instant.
  public var now: Instant
  /// What is done.
  public var operation: Operation

  /// Creates a step.
  public init(at now: Instant, _ operation: Operation) {
    self.now = now
    self.operation = operation
  }
}
