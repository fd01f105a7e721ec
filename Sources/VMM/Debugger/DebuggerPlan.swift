public import LinuxHost

/// How a debugger gets to look at a run.
public struct DebuggerPlan: Hashable, Sendable {
  /// Where its client may connect.
  public var address: LocalAddress
  /// Whether the client finds the guest at the end of its run, and not before its first instruction.
  ///
  /// In virtual time, where it can go back from there.
  public var opensAtEnd = false

  /// A debugger that finds the guest before its first instruction.
  public init(at address: LocalAddress) { self.address = address }
}
