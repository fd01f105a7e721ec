/// The symbol table of an ELF file (SHT_SYMTAB), of which a loader needs nothing.
extension ELFFile {
  /// How much of symbols is read: symbols, and bytes of names.
  ///
  /// A Linux kernel has 200 000, with 5 MB of names.
  static let symbolLimits = (symbols: UInt64(1 << 19), nameBytes: UInt64(32 << 20))

  private enum SectionType {
    static let symbols: UInt32 = 2
  }

  /// What a section header says.
  private struct Section {
    let type: UInt32
    let address: UInt64
    let offset: UInt64
    let size: UInt64
    let link: UInt32
    let entrySize: UInt64
  }

  /// Reads the names that the file gives to addresses: labels, functions and objects.
  ///
  /// - Returns: The table; empty where the file has none.
  /// - Throws: ``ImageError`` where the file announces what it does not hold, or more than is read.
  func symbolTable() throws(ImageError) -> SymbolTable {
    let sections = try readSections()
    guard let table = sections.first(where: { $0.type == SectionType.symbols }) else {
      return SymbolTable()
    }
    let entrySize: UInt64 = is64Bit ? 24 : 16
    guard table.entrySize == entrySize else {
      throw .unsupported("symbols of \(table.entrySize) bytes")
    }
    guard
      let nameSection = sections.indices.contains(Int(table.link))
        ? sections[Int(table.link)] : nil
    else { throw .unsupported("symbols whose names are in section \(table.link), which is absent") }
    guard table.size / entrySize <= Self.symbolLimits.symbols,
      nameSection.size <= Self.symbolLimits.nameBytes
    else {
      throw .unsupported(
        "more symbols than are read (\(Self.symbolLimits.symbols), 32 MiB of names)")
    }
    let names = try file.bytes(
      in: file.range(of: "the symbols' names", at: nameSection.offset, count: nameSection.size))
    let reader = FieldReader(
      try file.bytes(
        in: file.range(of: "the symbol table", at: table.offset, count: table.size)))
    return SymbolTable(
      (0..<Int(table.size / entrySize)).compactMap { index in
        symbol(reader, at: index * Int(entrySize), sections, names)
      })
  }

  /// One entry; nil for what is no address of the image's: undefined or absolute symbols, sections, files.
  private func symbol(
    _ reader: FieldReader, at offset: Int, _ sections: [Section], _ names: [UInt8]
  ) -> SymbolTable.Symbol? {
    let name = Int(reader.u32(offset))
    let type = reader.bytes[offset + (is64Bit ? 4 : 12)] & 0xf
    let section = Int(reader.u16(offset + (is64Bit ? 6 : 14)))
    let address = is64Bit ? reader.u64(offset + 8) : UInt64(reader.u32(offset + 4))
    let size = is64Bit ? reader.u64(offset + 16) : UInt64(reader.u32(offset + 8))
    let (label, object, function): (UInt8, UInt8, UInt8) = (0, 1, 2)
    guard [label, object, function].contains(type), section > 0, section < sections.count,
      name < names.count, let length = names[name...].firstIndex(of: 0), length > name
    else { return nil }
    let home = sections[section]
    let (end, overflows) =
      size > 0
      ? address.addingReportingOverflow(size) : home.address.addingReportingOverflow(home.size)
    return SymbolTable.Symbol(
      name: String(decoding: names[name..<length], as: UTF8.self), address: address,
      end: overflows ? .max : end, isFunction: type == function)
  }

  private func readSections() throws(ImageError) -> [Section] {
    let header = FieldReader(try file.bytes(in: 0..<(is64Bit ? 64 : 52)))
    let table = is64Bit ? header.u64(40) : UInt64(header.u32(32))
    let entrySize = UInt64(header.u16(is64Bit ? 58 : 46))
    let count = UInt64(header.u16(is64Bit ? 60 : 48))
    guard table > 0, count > 0 else { return [] }
    guard entrySize == (is64Bit ? 64 : 40) else {
      throw .unsupported("section headers of \(entrySize) bytes")
    }
    // 16-bit factors: no overflow, and at most 4 MiB.
    let range = try file.range(of: "the section header table", at: table, count: entrySize * count)
    let reader = FieldReader(try file.bytes(in: range))
    return (0..<Int(count)).map { index in
      let at = index * Int(entrySize)
      return is64Bit
        ? Section(
          type: reader.u32(at + 4), address: reader.u64(at + 16), offset: reader.u64(at + 24),
          size: reader.u64(at + 32), link: reader.u32(at + 40), entrySize: reader.u64(at + 56))
        : Section(
          type: reader.u32(at + 4), address: UInt64(reader.u32(at + 12)),
          offset: UInt64(reader.u32(at + 16)), size: UInt64(reader.u32(at + 20)),
          link: reader.u32(at + 24), entrySize: UInt64(reader.u32(at + 36)))
    }
  }
}
