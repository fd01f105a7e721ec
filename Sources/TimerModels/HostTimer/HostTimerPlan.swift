/// What a timer's driver decides about its host timer.
///
/// The behaviour is that of ``HostTimerRules``, unchanged.
public struct HostTimerPlan: HostTimerRules {
  /// What is known of the host timer, and who waits.
  public var state: HostTimerState

  /// Takes a state.
  @inlinable
  public init(state: HostTimerState = HostTimerState()) { self.state = state }
}
