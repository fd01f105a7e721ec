import TestSupport
import Testing

@testable import VMM

/// An ELF file with a symbol table: section 1 has the code, 2 the symbols, 3 the names.
private struct NamedELF {
  struct Symbol {
    var name: String
    var type: UInt8 = 0
    var section: UInt16 = 1
    var address: UInt64
    var size: UInt64 = 0
  }

  var symbols: [Symbol] = []
  var symbolSize: UInt64 = 24
  var nameSection: UInt32 = 3
  var sectionSize: UInt16 = 64
  /// How many bytes the table is said to have; nil: as many as it has.
  var announced: UInt64?

  var bytes: [UInt8] {
    var names: [UInt8] = [0]
    var table: [UInt8] = Array(repeating: 0, count: 24)
    for symbol in symbols {
      append(UInt64(names.count), 4, &table)
      append(UInt64(symbol.type), 1, &table)
      append(0, 1, &table)
      append(UInt64(symbol.section), 2, &table)
      append(symbol.address, 8, &table)
      append(symbol.size, 8, &table)
      names += Array(symbol.name.utf8) + [0]
    }
    var elf = TinyELF()
    let start = UInt64(elf.bytes.count)
    let namesAt = start + UInt64(table.count)
    let sectionsAt = namesAt + UInt64(names.count)
    var sections: [UInt8] = Array(repeating: 0, count: 64)
    appendSection(1, 0x100000, 0, 0x100, 0, 0, &sections)
    appendSection(2, 0, start, announced ?? UInt64(table.count), nameSection, symbolSize, &sections)
    appendSection(3, 0, namesAt, UInt64(names.count), 0, 0, &sections)
    elf.tail = table + names + sections
    var file = elf.bytes
    for (at, size, value) in [(40, 8, sectionsAt), (58, 2, UInt64(sectionSize)), (60, 2, 4)] {
      for byte in 0..<size { file[at + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
    }
    return file
  }

  private func appendSection(
    _ type: UInt64, _ address: UInt64, _ offset: UInt64, _ size: UInt64, _ link: UInt32,
    _ entrySize: UInt64, _ table: inout [UInt8]
  ) {
    for (value, size) in [
      (0, 4), (type, 4), (0, 8), (address, 8), (offset, 8), (size, 8), (UInt64(link), 4), (0, 4),
      (0, 8), (entrySize, 8),
    ] { append(value, size, &table) }
  }

  private func append(_ value: UInt64, _ size: Int, _ file: inout [UInt8]) {
    for byte in 0..<size { file.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }
}

@Suite("Symbols of an image")
struct SymbolTableTests {
  private func place(_ address: UInt64, _ elf: NamedELF) throws -> String? {
    try BootImage(elf.bytes).symbols().place(of: address)?.description
  }

  @Test("an address has the name before it, up to that name's end or its section's")
  func places() throws {
    var elf = NamedELF()
    elf.symbols = [
      .init(name: "handler", address: 0x100040),
      .init(name: "start", type: 2, address: 0x100000, size: 0x10),
    ]
    #expect(try place(0x100000, elf) == "start")
    #expect(try place(0x10000f, elf) == "start+0xf")
    #expect(try place(0x100010, elf) == nil)
    #expect(try place(0xfffff, elf) == nil)
    #expect(try place(0x1000ff, elf) == "handler+0xbf")
    #expect(try place(0x100100, elf) == nil)
  }

  @Test("a function is named before a label at its address, and what is no address not at all")
  func choice() throws {
    var elf = NamedELF()
    elf.symbols = [
      .init(name: "label", address: 0x100000),
      .init(name: "function", type: 2, address: 0x100000),
      .init(name: "constant", section: 0xfff1, address: 0x100004),
      .init(name: "undefined", section: 0, address: 0x100004),
      .init(name: "file", type: 4, address: 0x100004),
      .init(name: "", address: 0x100004),
    ]
    #expect(try place(0x100004, elf) == "function+0x4")
  }

  @Test("a size that wraps ends with the address space")
  func wrapping() throws {
    var elf = NamedELF()
    elf.symbols = [.init(name: "all", address: 0x100000, size: .max)]
    #expect(try place(.max - 1, elf) == "all+0x\(String(UInt64.max - 1 - 0x100000, radix: 16))")
  }

  @Test("no table is no names")
  func none() throws {
    #expect(try BootImage(TinyELF().bytes).symbols().isEmpty)
    #expect(try BootImage([0xf4]).symbols().isEmpty)
  }

  @Test("a table that is not what it says is refused, and every truncation is")
  func damage() throws {
    func refusal(_ change: (inout NamedELF) -> Void) -> ImageError? {
      var elf = NamedELF()
      elf.symbols = [.init(name: "start", address: 0x100000)]
      change(&elf)
      do {
        _ = try BootImage(elf.bytes).symbols()
        return nil
      } catch { return error }
    }
    #expect(refusal { $0.symbolSize = 16 } == .unsupported("symbols of 16 bytes"))
    #expect(refusal { $0.sectionSize = 40 } == .unsupported("section headers of 40 bytes"))
    #expect(
      refusal { $0.nameSection = 4 }
        == .unsupported("symbols whose names are in section 4, which is absent"))
    #expect(
      refusal { $0.announced = .max }
        == .unsupported("more symbols than are read (524288, 32 MiB of names)"))
    var elf = NamedELF()
    elf.symbols = [.init(name: "start", address: 0x100000)]
    let file = elf.bytes
    for count in TinyELF().bytes.count..<file.count {
      #expect(throws: ImageError.self) { try BootImage(Array(file.prefix(count))).symbols() }
    }
  }
}
