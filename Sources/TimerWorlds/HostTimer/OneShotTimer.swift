internal import TimerModels

/// A one-shot timer of the host, as timerfd_create(2) describes it.
enum OneShotTimer: Hashable, Sendable {
  /// It will not expire.
  case idle
  /// It will expire at the instant, or later, or a tick earlier.
  case pending(Instant)
  /// It has expired, and nothing has taken the expiry.
  case readable

  mutating func carryOut(_ command: HostTimerCommand?) {
    switch command {
    case .arm(let instant): self = .pending(instant)
    case .disarm: self = .idle
    // There may be nothing to take: it was armed anew since it was seen to be readable.
    case .take: if self == .readable { self = .idle }
    case nil: break
    }
  }
}
