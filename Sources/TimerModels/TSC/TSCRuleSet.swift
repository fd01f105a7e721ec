/// What a kernel's KVM goes by where its versions differ.
///
/// A parameter of the tracker, because a prediction is worth what it knows about the kernel. None
/// of these is a fault of the tracker: each is what the kernels named did.
public struct TSCRuleSet: Hashable, Sendable {
  /// How a write is compared with what the vCPUs' TSC is expected to be.
  public enum Window: Hashable, Sendable {
    /// The difference in whole microseconds, less than 1 000 000: two divisions that round.
    case microseconds
    /// The difference in cycles, less than one second's on either side.
    case cycles
  }

  /// When a write asks for the master clock to be computed anew.
  public enum UpdateRequest: Hashable, Sendable {
    /// When it is to be switched on or off.
    case onToggle
    /// Always while it is on or could be (upstream commit 7f187922ddf6).
    case whileUsable
    /// When it is to be switched, or is on and a generation starts (c52ffadc65e2).
    case onToggleOrGeneration
  }

  /// How a value is compared.
  public var window: Window
  /// A value of 0 synchronises however long ago the last one was written.
  public var synchronizesZero: Bool
  /// Only user space's writes after its first are compared (upstream commit bf328e22e472).
  public var sparesFirstUserWrite: Bool
  /// When an update of the master clock is requested.
  public var updateRequest: UpdateRequest
  /// A matched write records the TSC that the vCPU got, rather than the value written.
  ///
  /// No release does so. Recording the value lets later, right values miss their window, and wrong
  /// ones hit it; upstream has patches for it (David Woodhouse, "KVM: x86: Improve
  /// synchronization in kvm_synchronize_tsc()").
  public var recordsEffectiveValue: Bool

  /// Creates a rule set; by default the newest kernels'.
  public init(
    window: Window = .cycles, synchronizesZero: Bool = true, sparesFirstUserWrite: Bool = true,
    updateRequest: UpdateRequest = .onToggleOrGeneration, recordsEffectiveValue: Bool = false
  ) {
    self.window = window
    self.synchronizesZero = synchronizesZero
    self.sparesFirstUserWrite = sparesFirstUserWrite
    self.updateRequest = updateRequest
    self.recordsEffectiveValue = recordsEffectiveValue
  }

  /// Linux 3.16, the first to count each vCPU once (upstream commit 0d3da0d26e3c).
  public static let linux3_16 = TSCRuleSet(
    window: .microseconds, synchronizesZero: false, sparesFirstUserWrite: false,
    updateRequest: .onToggle)
  /// Linux 3.19 to 4.11.
  public static let linux3_19 = TSCRuleSet(
    window: .microseconds, synchronizesZero: false, sparesFirstUserWrite: false,
    updateRequest: .whileUsable)
  /// Linux 4.12 to 6.6; 6.1 is one of them.
  public static let linux4_12 = TSCRuleSet(
    sparesFirstUserWrite: false, updateRequest: .whileUsable)
  /// Linux 6.7 and later; 6.12 is one of them.
  public static let linux6_7 = TSCRuleSet()
  /// Linux 6.7 with the effective value recorded.
  public static let repaired = TSCRuleSet(recordsEffectiveValue: true)

  /// The rule sets above by name: the release that a kernel first had them in.
  public static let named: [(name: String, rules: TSCRuleSet)] = [
    ("3.16", .linux3_16), ("3.19", .linux3_19), ("4.12", .linux4_12), ("6.7", .linux6_7),
    ("repaired", .repaired),
  ]

  /// The name, if it is one of those.
  public var name: String? { Self.named.first { $0.rules == self }?.name }
}
