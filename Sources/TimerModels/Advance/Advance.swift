/// How long before a deadline a waiting owner enters the guest.
///
/// The behaviour is that of ``AdvanceRules``, unchanged.
public struct Advance: AdvanceRules {
  /// What is known of how long entries take.
  public var state: AdvanceState

  /// Takes a state.
  @inlinable
  public init(state: AdvanceState = AdvanceState()) { self.state = state }
}
