/// The symbols of an ELF file.
///
/// *Why nothing is kept:* a kernel has a quarter of a million of them, a hostile file says that it has as many
/// as it likes, and a report asks for a few dozen addresses. So the table is read once, in pieces, when a guest
/// has fallen, and then the few names.
extension ELFFile {
  /// The bounds of what is read.
  static let symbolLimits = (symbols: UInt64(1 << 22), nameBytes: UInt64(256))

  /// A section header, as far as symbols need it.
  private struct Section {
    let type: UInt32
    let link: Int
    let offset: UInt64
    let size: UInt64
    let entrySize: UInt64
  }

  /// The nearest symbol at or below an address.
  private struct Candidate {
    let value: UInt64
    let size: UInt64
    let name: UInt32
    /// Among symbols of one value the highest is taken.
    let rank: Int
  }

  private enum SectionType {
    static let symbols: UInt32 = 2
    static let strings: UInt32 = 3
  }

  /// Finds the symbols that addresses are near.
  ///
  /// A symbol is near an address that lies in it, or, if it has no size, as labels of an assembler have
  /// none, behind it with no other between them. Both are in one segment. An address in no segment's linear
  /// range may be near a symbol by its physical one, if they are one: a kernel begins below where it is linked
  /// to.
  ///
  /// - Parameter addresses: The addresses.
  /// - Returns: The places of those that are near a symbol; nil for a file without a symbol table.
  /// - Throws: ``ImageError`` for a table that is none, or cannot be read.
  func symbols(
    at addresses: Set<GuestAddress>
  ) throws(ImageError) -> [GuestAddress: SymbolPlace]? {
    let sections = try sections()
    guard let table = sections.first(where: { $0.type == SectionType.symbols }) else { return nil }
    guard table.link < sections.count, sections[table.link].type == SectionType.strings else {
      throw .badSymbols("the symbol table names section \(table.link), which holds no strings")
    }
    let linked = addresses.compactMap { address in
      self.linked(address).map { (address: address, linked: $0) }
    }.sorted { $0.linked < $1.linked }
    let nearest = try nearestSymbols(in: table, to: linked.map(\.linked))
    var places: [GuestAddress: SymbolPlace] = [:]
    for (query, candidate) in zip(linked, nearest) {
      guard let candidate, isNear(candidate, query.linked) else { continue }
      guard let name = try name(at: candidate.name, in: sections[table.link]) else { continue }
      places[query.address] = SymbolPlace(name: name, offset: query.linked - candidate.value)
    }
    return places
  }

  private func sections() throws(ImageError) -> [Section] {
    let header = FieldReader(try file.bytes(in: 0..<(is64Bit ? 64 : 52)))
    let table = is64Bit ? header.u64(40) : UInt64(header.u32(32))
    let size = UInt64(header.u16(is64Bit ? 58 : 46))
    let count = UInt64(header.u16(is64Bit ? 60 : 48))
    guard count > 0 else { return [] }
    guard size == (is64Bit ? 64 : 40) else {
      throw .badSymbols("section headers of \(size) bytes")
    }
    // 16-bit factors: at most 4 MiB.
    let range = try file.range(of: "the section header table", at: table, count: size * count)
    let reader = FieldReader(try file.bytes(in: range))
    return (0..<Int(count)).map { index in
      let at = index * Int(size)
      return is64Bit
        ? Section(
          type: reader.u32(at + 4), link: Int(reader.u32(at + 40)), offset: reader.u64(at + 24),
          size: reader.u64(at + 32), entrySize: reader.u64(at + 56))
        : Section(
          type: reader.u32(at + 4), link: Int(reader.u32(at + 24)),
          offset: UInt64(reader.u32(at + 16)), size: UInt64(reader.u32(at + 20)),
          entrySize: UInt64(reader.u32(at + 36)))
    }
  }

  // MARK: Addresses

  /// The address that the file uses for a guest's address; nil where it is in no segment.
  ///
  /// *Why physical addresses count only where they are the linear ones, too:* a small number that a table
  /// happens to map into the image is nearly always a number.
  private func linked(_ address: GuestAddress) -> UInt64? {
    if segment(of: address.linear) != nil { return address.linear }
    guard let physical = address.physical, physical == address.linear,
      let header = headers.first(where: {
        $0.type == HeaderType.load && physical >= $0.physicalAddress
          && physical - $0.physicalAddress < $0.memorySize
      })
    else { return nil }
    return header.virtualAddress &+ (physical - header.physicalAddress)
  }

  /// The segment that an address is in.
  private func segment(of address: UInt64) -> Int? {
    headers.first {
      $0.type == HeaderType.load && address >= $0.virtualAddress
        && address - $0.virtualAddress < $0.memorySize
    }?.index
  }

  private func isNear(_ symbol: Candidate, _ address: UInt64) -> Bool {
    guard symbol.size == 0 || address - symbol.value < symbol.size else { return false }
    return segment(of: symbol.value) == segment(of: address)
  }

  // MARK: The table

  /// For each of some addresses, in ascending order, the symbol with the highest value that is not above it.
  private func nearestSymbols(
    in table: Section, to addresses: [UInt64]
  ) throws(ImageError) -> [Candidate?] {
    let size: UInt64 = is64Bit ? 24 : 16
    guard table.entrySize == size else {
      throw .badSymbols("symbols of \(table.entrySize) bytes")
    }
    let count = table.size / size
    guard count <= Self.symbolLimits.symbols else {
      throw .badSymbols("\(count) symbols; at most \(Self.symbolLimits.symbols) are read")
    }
    let range = try file.range(of: "the symbol table", at: table.offset, count: count * size)
    var nearest = [Candidate?](repeating: nil, count: addresses.count)
    let pieceSize: UInt64 = 3 << 14  // a multiple of both sizes
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Int(pieceSize)) {
      let piece = FieldReader(
        try file.bytes(in: start..<min(range.upperBound, start + pieceSize)))
      for at in stride(from: 0, to: piece.bytes.count, by: Int(size)) {
        guard let symbol = symbol(in: piece, at: at) else { continue }
        // Only the lowest address that is not below it: it is handed on to the others at the end.
        let slot = addresses.partitioningIndex { $0 >= symbol.value }
        guard slot < addresses.count else { continue }
        if let best = nearest[slot], (best.value, best.rank) >= (symbol.value, symbol.rank) {
          continue
        }
        nearest[slot] = symbol
      }
    }
    for slot in nearest.indices.dropFirst() { nearest[slot] = nearest[slot] ?? nearest[slot - 1] }
    return nearest
  }

  /// A symbol that names a place in the program; nil for any other.
  private func symbol(in piece: FieldReader, at offset: Int) -> Candidate? {
    let info = piece.bytes[offset + (is64Bit ? 4 : 12)]
    let section = piece.u16(offset + (is64Bit ? 6 : 14))
    // No place: undefined, absolute, common. No code or data: types from 3 on (sections, files, threads').
    guard section != 0, section < 0xff00 || section == 0xffff, info & 0xf <= 2 else { return nil }
    let name = piece.u32(offset)
    guard name != 0 else { return nil }
    let binding = info >> 4
    let bindingRank = binding == 1 ? 2 : binding == 2 ? 1 : 0  // global, weak, local
    return Candidate(
      value: is64Bit ? piece.u64(offset + 8) : UInt64(piece.u32(offset + 4)),
      size: is64Bit ? piece.u64(offset + 16) : UInt64(piece.u32(offset + 8)), name: name,
      rank: bindingRank * 2 + (info & 0xf == 0 ? 0 : 1))
  }

  /// A name, cut where it is longer than any that is read; nil for none.
  private func name(
    at offset: UInt32, in strings: Section
  ) throws(ImageError) -> String? {
    let offset = UInt64(offset)
    guard offset < strings.size else {
      throw .badSymbols("a name at byte \(offset) of \(strings.size) bytes of names")
    }
    let all = try file.range(of: "the names of symbols", at: strings.offset, count: strings.size)
    let start = all.lowerBound + offset
    let bytes = try file.bytes(
      in: start..<min(all.upperBound, start + Self.symbolLimits.nameBytes))
    let name = bytes.prefix { $0 != 0 }
    return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
  }
}

extension [UInt64] {
  /// The first index whose element satisfies what all after it do, too; the count where none does.
  fileprivate func partitioningIndex(_ isAfter: (UInt64) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isAfter(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
