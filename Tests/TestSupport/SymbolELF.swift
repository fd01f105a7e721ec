/// An ELF executable of one segment with a symbol table, of 32 or 64 bits, that tests can spoil.
public struct SymbolELF {
  /// A symbol.
  public struct Symbol {
    /// Its name.
    public var name: String
    /// Its value.
    public var value: UInt64
    /// Its size; labels of an assembler have 0.
    public var size: UInt64 = 0
    /// Binding and type: 0x10 is global, without type.
    public var info: UInt8 = 0x10
    /// Its section; 0 is none, 0xfff1 an absolute value's.
    public var section: UInt16 = 1

    /// A symbol.
    public init(
      _ name: String, _ value: UInt64, size: UInt64 = 0, info: UInt8 = 0x10, section: UInt16 = 1
    ) {
      (self.name, self.value, self.size) = (name, value, size)
      (self.info, self.section) = (info, section)
    }
  }

  /// Whether the file is of 64 bits.
  public var is64Bit: Bool
  /// Where the segment is in memory.
  public var physicalAddress: UInt64 = 0x100000
  /// Where the program takes it to be.
  public var virtualAddress: UInt64 = 0x100000
  /// The segment's bytes.
  public var code: [UInt8] = [0xf4]
  /// The segment's size in memory.
  public var memorySize: UInt64 = 0x1000
  /// The symbols; one of all zeros comes first.
  public var symbols: [Symbol] = []
  /// Changes to the section headers, by 64-bit words or 32-bit words from the first header on.
  public var headerChanges: [Int: UInt64] = [:]
  /// Names instead of those of the symbols; all offsets stay.
  public var strings: [UInt8]?

  /// A file.
  public init(is64Bit: Bool, symbols: [Symbol] = []) {
    self.is64Bit = is64Bit
    self.symbols = symbols
  }

  private var headerSize: Int { is64Bit ? 64 : 52 }
  private var programHeaderSize: Int { is64Bit ? 56 : 32 }
  /// Where the section headers begin.
  public var sectionHeaders: Int { headerSize + programHeaderSize }
  /// Bytes of a section header.
  public var sectionHeaderSize: Int { is64Bit ? 64 : 40 }

  /// The file.
  public var bytes: [UInt8] {
    let symbolTable = sectionHeaders + 4 * sectionHeaderSize
    let symbolSize = is64Bit ? 24 : 16
    let tableSize = (symbols.count + 1) * symbolSize
    var names: [UInt8] = [0]
    var table = [UInt8](repeating: 0, count: symbolSize)
    for symbol in symbols {
      append(UInt64(names.count), 4, to: &table)
      let numbers = [symbol.value, symbol.size]
      if !is64Bit { for number in numbers { append(number, 4, to: &table) } }
      append(UInt64(symbol.info), 2, to: &table)
      append(UInt64(symbol.section), 2, to: &table)
      if is64Bit { for number in numbers { append(number, 8, to: &table) } }
      names += Array(symbol.name.utf8) + [0]
    }
    let text = UInt64(symbolTable + tableSize)
    names = strings ?? names
    var file = headers(code: text)
    var sections: [UInt8] = []
    appendSection(type: 0, 0, 0, link: 0, entrySize: 0, to: &sections)
    appendSection(type: 1, text, UInt64(code.count), link: 0, entrySize: 0, to: &sections)
    appendSection(
      type: 2, UInt64(symbolTable), UInt64(tableSize), link: 3, entrySize: UInt64(symbolSize),
      to: &sections)
    appendSection(
      type: 3, text + UInt64(code.count), UInt64(names.count), link: 0, entrySize: 0, to: &sections)
    for (offset, value) in headerChanges {
      for byte in 0..<(is64Bit ? 8 : 4) {
        sections[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte))
      }
    }
    file += sections + table + code + names
    return file
  }

  private func headers(code offset: UInt64) -> [UInt8] {
    var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, is64Bit ? 2 : 1, 1, 1]
    file += [UInt8](repeating: 0, count: 9)
    append(2, 2, to: &file)
    append(is64Bit ? 62 : 3, 2, to: &file)
    append(1, 4, to: &file)
    for number in [virtualAddress, UInt64(headerSize), UInt64(sectionHeaders)] {
      append(number, word, to: &file)
    }
    append(0, 4, to: &file)
    for half in [headerSize, programHeaderSize, 1, sectionHeaderSize, 4, 3] {
      append(UInt64(half), 2, to: &file)
    }
    append(1, 4, to: &file)
    if is64Bit { append(7, 4, to: &file) }
    for number in [offset, virtualAddress, physicalAddress, UInt64(code.count), memorySize] {
      append(number, word, to: &file)
    }
    if !is64Bit { append(7, 4, to: &file) }
    append(1, word, to: &file)
    return file
  }

  private var word: Int { is64Bit ? 8 : 4 }

  private func appendSection(
    type: UInt64, _ offset: UInt64, _ size: UInt64, link: UInt64, entrySize: UInt64,
    to sections: inout [UInt8]
  ) {
    append(0, 4, to: &sections)
    append(type, 4, to: &sections)
    for number in [0, 0, offset, size] { append(number, word, to: &sections) }
    append(link, 4, to: &sections)
    append(0, 4, to: &sections)
    append(1, word, to: &sections)
    append(entrySize, word, to: &sections)
  }

  private func append(_ value: UInt64, _ size: Int, to bytes: inout [UInt8]) {
    for byte in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }
}
