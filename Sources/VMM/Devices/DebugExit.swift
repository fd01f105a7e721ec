/// The port that ends a run: the value written is the guest's exit code.
///
/// Four bytes wide. A store of 1, 2 or 4 bytes to its first byte counts; other stores are ignored,
/// loads read all ones.
public struct DebugExit: Device, Hashable {
  /// Never interrupts.
  public var interruptLine: Bool { false }

  /// The state after reset.
  public init() {}

  /// Reads all ones.
  public mutating func read(_ access: BusAccess) -> Reply { .openBus }

  /// Ends the run.
  public mutating func write(_ value: UInt64, to access: BusAccess) -> Effect {
    access.offset == 0 ? .exit(code: UInt32(truncatingIfNeeded: value)) : .none
  }
}
