/// The names that an image gives to addresses.
///
/// Whoever has an address asks for a place, `handler+0x12`, as a linker's map or a debugger would give it.
public struct SymbolTable: Hashable, Sendable {
  /// A name and the addresses that it is for.
  struct Symbol: Hashable, Sendable {
    let name: String
    let address: UInt64
    /// The first address behind it: its own size, or its section's end where it has none.
    let end: UInt64
    /// Which of several at one address is shown: functions first, then the others, by name.
    let isFunction: Bool
  }

  /// A name and the distance from its address, in bytes.
  public struct Place: Hashable, Sendable, CustomStringConvertible {
    /// The symbol's name; the file's author chose it.
    public let name: String
    /// Bytes from the symbol on.
    public let offset: UInt64

    /// `name`, or `name+0x12`.
    public var description: String {
      offset == 0 ? name : "\(name)+0x\(String(offset, radix: 16))"
    }
  }

  /// By address; of each address one.
  private let symbols: [Symbol]

  /// A table of no names.
  public init() { symbols = [] }

  init(_ found: [Symbol]) {
    let sorted = found.sorted {
      ($0.address, $0.isFunction ? 0 : 1, $0.name) < ($1.address, $1.isFunction ? 0 : 1, $1.name)
    }
    var symbols: [Symbol] = []
    for symbol in sorted where symbols.last?.address != symbol.address { symbols.append(symbol) }
    self.symbols = symbols
  }

  /// Whether it has no names.
  public var isEmpty: Bool { symbols.isEmpty }

  /// The name nearest before an address, if the address is still its own.
  ///
  /// - Parameter address: As the image has it, so linear.
  /// - Returns: The place; nil where no name covers the address.
  public func place(of address: UInt64) -> Place? {
    // The first symbol behind the address, by halving.
    var (low, high) = (0, symbols.count)
    while low < high {
      let middle = (low + high) / 2
      if symbols[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, address < symbols[low - 1].end else { return nil }
    return Place(name: symbols[low - 1].name, offset: address - symbols[low - 1].address)
  }
}
