/// What became of a guest in which an interrupt was raised at one boundary.
public struct InjectionOutcome: Hashable, Sendable {
  /// How it ended.
  public enum End: Hashable, Sendable, CustomStringConvertible {
    /// It wrote to the exit port.
    case exited(code: UInt32)
    /// It is halted, and nothing is left that could wake it.
    case halted(at: UInt64, isInterruptible: Bool)
    /// A triple fault.
    case reset
    /// It still ran long after it should have ended.
    case endless
    /// Anything else that KVM ends a run with.
    case failed(String)

    /// `exit 0`, `halted for good at 0x100123`.
    public var description: String {
      switch self {
      case .exited(let code): "exit \(code)"
      case .halted(let address, let isInterruptible):
        "halted for good at 0x\(String(address, radix: 16))"
          + (isInterruptible ? "" : " with interrupts off")
      case .reset: "reset"
      case .endless: "no end"
      case .failed(let reason): reason
      }
    }
  }

  /// Where the guest was when its handler was entered, each time: the address that it returns to, linear.
  public var taken: [UInt64] = []
  /// How it ended.
  public var end = End.endless
  /// What it sent to the serial port, as a digest.
  public var output: UInt64 = 0

  /// Nothing seen yet.
  public init() {}
}
