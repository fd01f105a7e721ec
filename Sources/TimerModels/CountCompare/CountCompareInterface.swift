/// What may be done to a Count/Compare timer from outside, whatever it is made of.
///
/// The models adopt it by ``CountCompareRules``; a device of somebody else's, by its registers.
public protocol CountCompareInterface: TimerModel {
  /// Another timer of this kind, as after reset: Count starts from 0 at `now`.
  func restarted(at now: Instant, frequency: CountFrequency) -> Self

  /// Carries out one access of the guest, and returns the value read (0 for a write).
  @discardableResult
  mutating func perform(at now: Instant, guest access: CountCompareGuestAccess) -> UInt32

  /// Carries out one access of the host, and returns the value read (0 for a write).
  ///
  /// - Throws: When the value written is not allowed. Nothing has been changed then.
  @discardableResult
  mutating func perform(
    at now: Instant, host access: CountCompareHostAccess
  ) throws(CountCompareError) -> UInt64
}
