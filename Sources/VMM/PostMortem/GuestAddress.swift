internal import TerminalText

/// An address of a guest, with what it led to.
public struct GuestAddress: Hashable, Sendable {
  /// The linear address.
  public let linear: UInt64
  /// Where it was in physical memory; nil where it was nowhere.
  public let physical: UInt64?

  /// An address.
  public init(linear: UInt64, physical: UInt64?) {
    self.linear = linear
    self.physical = physical
  }
}

/// A place in a program by its nearest symbol: `entry+0x12`.
public struct SymbolPlace: Hashable, Sendable, CustomStringConvertible {
  /// The symbol's name, as the file has it: anything may be in it.
  public let name: String
  /// Bytes from the symbol.
  public let offset: UInt64

  /// A place.
  public init(name: String, offset: UInt64) {
    self.name = name
    self.offset = offset
  }

  /// The place as people write it; the name is made visible.
  public var description: String { name.visible + (offset == 0 ? "" : "+\(hex(offset))") }
}
