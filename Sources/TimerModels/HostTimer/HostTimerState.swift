/// What is known of a timer's host timer, and who waits.
public struct HostTimerState: Hashable, Sendable {
  /// What the host timer is armed for; nil where its expiry is not counted on.
  public var armed: Instant?
  /// Whether the thread of the timer's vCPU watches the alarm itself.
  public var isOwnerWaiting = false
  /// How often the host timer may expire.
  public var pacing: ExpiryPacing
  /// Nanoseconds that the owner is given before the supervising thread takes a wait over from it: no
  /// wake-up in time is as late.
  public let backupDelay: UInt64

  /// Creates the state of a host timer that is not armed, of a guest that runs.
  @inlinable
  public init(backupDelay: UInt64 = 20_000_000, pacing: ExpiryPacing = ExpiryPacing()) {
    self.backupDelay = backupDelay
    self.pacing = pacing
  }

  /// Whether the host timer, as it is armed, expires no later than `instant`.
  @inlinable
  public func expires(by instant: Instant) -> Bool { armed.map { $0 <= instant } ?? false }
}
