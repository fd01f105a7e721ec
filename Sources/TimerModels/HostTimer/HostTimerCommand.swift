/// What is to be done with a one-shot timer of the host.
public enum HostTimerCommand: Hashable, Sendable {
  /// Have it expire at the instant, at once where that has passed; an expiry that was not taken is gone.
  case arm(Instant)
  /// Have it not expire; an expiry that was not taken is gone.
  case disarm
  /// Take the expiry, if there is one.
  case take
}
