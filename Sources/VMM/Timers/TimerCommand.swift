internal import GuestImages
internal import TimerModels

/// What a guest asks its host to do to its Count/Compare timer.
public enum TimerCommand: Hashable, Sendable {
  /// Set COUNT_CTL.DC.
  case freeze
  /// Clear COUNT_CTL.DC.
  case thaw
  /// Set COUNT_HZ, 1 to 10^9.
  case setFrequency(UInt32)
}
