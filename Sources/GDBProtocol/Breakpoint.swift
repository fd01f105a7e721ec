/// A place in the guest's memory at which a client wants it to stop.
public struct Breakpoint: Hashable, Sendable {
  /// The kinds, by the protocol's numbers.
  public enum Kind: UInt8, Hashable, Sendable {
    /// Its own instruction in memory.
    case software
    /// A debug register.
    case hardware
    /// When the memory is written.
    case write
    /// When it is read.
    case read
    /// When it is read or written.
    case access
  }

  /// How.
  public let kind: Kind
  /// A linear address.
  public let address: UInt64
  /// Bytes that are watched; of an instruction, what the client says of it.
  public let length: UInt64

  /// A breakpoint.
  public init(_ kind: Kind, at address: UInt64, length: UInt64 = 1) {
    self.kind = kind
    self.address = address
    self.length = length
  }
}
