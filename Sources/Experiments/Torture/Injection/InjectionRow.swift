/// A boundary between two instructions of a guest, and what became of an interrupt that was raised there.
public struct InjectionRow: Hashable, Sendable {
  /// What holds an interrupt back at the boundary.
  public enum Hold: String, Hashable, Sendable {
    /// Nothing.
    case none = ""
    /// RFLAGS.IF is clear.
    case off = "IF=0"
    /// The instruction before was an STI.
    case afterSTI = "sti"
    /// The instruction before loaded SS.
    case afterMovSS = "mov ss"
    /// An NMI handler runs.
    case inNMI = "nmi"
    /// The guest has not opened the line yet, or set up no handler for it: what is raised is lost, as on hardware.
    case closed
  }

  /// The next instruction's address, linear.
  public let address: UInt64
  /// What stands there, 15 bytes as far as there is RAM: the instruction, and what follows.
  public let bytes: [UInt8]
  /// How often the guest had come by before, from 0.
  public let visit: Int
  /// How often the interrupt had been raised on the way, where the guest halted.
  public let raised: Int
  /// Whether the guest is halted, with that address to continue at.
  public let isHalted: Bool
  /// What holds interrupts back.
  public let hold: Hold
  /// What was seen.
  public let outcome: InjectionOutcome

  /// Where the interrupt was taken, in relation to the boundary.
  public enum Delivery: Hashable, Sendable {
    /// At the boundary itself.
    case here
    /// Later, at that address.
    case later(UInt64)
    /// Not at all.
    case never
  }

  /// Where the first interrupt since was taken.
  public var delivery: Delivery {
    guard let first = outcome.taken.first else { return .never }
    return first == address ? .here : .later(first)
  }
}
