/// What KVM does with the TSCs of one VM: which offset a write gives, and who is matched.
///
/// It predicts a kernel before the kernel is asked, and explains one afterwards. What differs
/// between kernels is a parameter, ``TSCRuleSet``; what differs between hosts another, ``TSCHost``.
///
/// The behaviour is that of ``TSCMatchingRules``, unchanged. Historic variants adopt the same
/// rules and replace one.
public struct TSCMatchingTracker: TSCMatchingRules {
  /// All that KVM keeps.
  public var state: TSCMatchingState

  /// Creates a tracker that continues from `state`.
  public init(state: TSCMatchingState) {
    self.state = state
  }
}
