import TestSupport
import Testing

@testable import VMM

@Suite("Symbols of a guest's image")
struct SymbolTests {
  private typealias Symbol = SymbolELF.Symbol

  /// The places of some linear addresses, as text; nil for a file without a table.
  private func places(
    in elf: SymbolELF, of addresses: UInt64...
  ) throws(ImageError) -> [String?]? {
    let queries = addresses.map { GuestAddress(linear: $0, physical: nil) }
    let found = try ELFFile(.memory(elf.bytes)).symbols(at: Set(queries))
    return found.map { found in queries.map { found[$0]?.description } }
  }

  private func refusal(_ elf: SymbolELF, of address: UInt64 = 0x100000) -> ImageError? {
    do throws(ImageError) {
      _ = try places(in: elf, of: address)
      return nil
    } catch { return error }
  }

  @Test("an address is named by the nearest symbol below it", arguments: [true, false])
  func nearest(is64Bit: Bool) throws {
    let elf = SymbolELF(
      is64Bit: is64Bit,
      symbols: [
        Symbol("end", 0x100800), Symbol("start", 0x100000, size: 0x10),
        Symbol("middle", 0x100400), Symbol("handler", 0x100410),
      ])
    #expect(
      try places(
        in: elf, of: 0x100000, 0x10000f, 0x100010, 0x100400, 0x10040f, 0x1007ff, 0x100fff, 0x101000,
        0xfffff)
        == [
          "start", "start+0xf", nil, "middle", "middle+0xf", "handler+0x3ef", "end+0x7ff", nil, nil,
        ])
  }

  @Test("of symbols at one address a global function's name is taken")
  func ranks() throws {
    let functions = SymbolELF(
      is64Bit: true,
      symbols: [
        Symbol("local", 0x100000, info: 0x02), Symbol("global", 0x100000, info: 0x12),
        Symbol("weak", 0x100000, info: 0x22),
      ])
    #expect(try places(in: functions, of: 0x100000) == ["global"])
    let kinds = SymbolELF(
      is64Bit: true,
      symbols: [Symbol("label", 0x100000, info: 0x00), Symbol("function", 0x100000, info: 0x02)])
    #expect(try places(in: kinds, of: 0x100000) == ["function"])
  }

  @Test("sections, files, and what is undefined or absolute are no places")
  func noPlaces() throws {
    let elf = SymbolELF(
      is64Bit: true,
      symbols: [
        Symbol("section", 0x100000, info: 0x03), Symbol("file", 0x100000, info: 0x04),
        Symbol("undefined", 0x100000, section: 0), Symbol("absolute", 0x100000, section: 0xfff1),
        Symbol("", 0x100000),
      ])
    #expect(try places(in: elf, of: 0x100000) == [nil])
  }

  @Test("a kernel that runs below where it is linked to has names by its physical addresses")
  func physical() throws {
    var elf = SymbolELF(is64Bit: true, symbols: [Symbol("startup", 0xffff_ffff_8000_0000)])
    elf.virtualAddress = 0xffff_ffff_8000_0000
    let early = GuestAddress(linear: 0x100020, physical: 0x100020)
    let late = GuestAddress(linear: 0xffff_ffff_8000_0030, physical: 0x100030)
    // A process of the guest's, with an address like the kernel's physical ones; and a small number that a
    // table maps into the kernel.
    let process = GuestAddress(linear: 0x100020, physical: 0x700020)
    let number = GuestAddress(linear: 0x20, physical: 0x100020)
    let places = try ELFFile(.memory(elf.bytes)).symbols(at: [early, late, process, number])
    #expect(places?[number] == nil)
    #expect(places?[early]?.description == "startup+0x20")
    #expect(places?[late]?.description == "startup+0x30")
    #expect(places?[process] == nil)
  }

  @Test("a file without a table has none")
  func noTable() throws {
    var elf = SymbolELF(is64Bit: true)
    elf.headerChanges[2 * 64] = 1 << 32  // the symbol table becomes a section of code
    #expect(try places(in: elf, of: 0x100000) == nil)
  }

  @Test("names are cut, and shown so that a terminal obeys none")
  func hostileNames() throws {
    let long = SymbolELF(
      is64Bit: true, symbols: [Symbol(String(repeating: "n", count: 1000), 0x100000)])
    #expect(try places(in: long, of: 0x100000) == [String(repeating: "n", count: 256)])
    let control = SymbolELF(is64Bit: true, symbols: [Symbol("a\u{1b}[2J\nb", 0x100000)])
    #expect(try places(in: control, of: 0x100001) == ["a\\u{1b}[2J\\nb+0x1"])
    var open = SymbolELF(is64Bit: true, symbols: [Symbol("open", 0x100000)])
    open.strings = Array("\0open".utf8)  // the last name has no end
    #expect(try places(in: open, of: 0x100000) == ["open"])
    open.strings = [0, 0xff, 0xfe]
    #expect(try places(in: open, of: 0x100000) == ["\u{fffd}\u{fffd}"])
  }

  @Test("each defect of a table is named", arguments: [true, false])
  func defects(is64Bit: Bool) {
    let elf = SymbolELF(is64Bit: is64Bit, symbols: [Symbol("start", 0x100000)])
    let size = elf.sectionHeaderSize
    let (offset, length, link, entrySize) = is64Bit ? (24, 32, 40, 56) : (16, 20, 24, 36)
    func changed(_ section: Int, _ field: Int, _ value: UInt64) -> ImageError? {
      var changed = elf
      changed.headerChanges[section * size + field] = value
      return refusal(changed)
    }
    let most: UInt64 = is64Bit ? .max : UInt64(UInt32.max)
    #expect(
      changed(2, link, 4) == .badSymbols("the symbol table names section 4, which holds no strings")
    )
    #expect(
      changed(2, link, 1) == .badSymbols("the symbol table names section 1, which holds no strings")
    )
    #expect(changed(2, entrySize, 0) == .badSymbols("symbols of 0 bytes"))
    #expect(changed(2, length, most)?.isAboutSymbols == true)
    #expect(changed(2, length, 1 << 20)?.isAboutSymbols == true)
    #expect(changed(2, offset, most)?.isAboutSymbols == true)
    #expect(changed(3, length, 1) == .badSymbols("a name at byte 1 of 1 bytes of names"))
    #expect(changed(3, length, most)?.isAboutSymbols == true)
    #expect(changed(3, offset, most)?.isAboutSymbols == true)
  }

  @Test("a file cut anywhere, or with any byte changed, does no harm", arguments: [true, false])
  func damage(is64Bit: Bool) {
    let bytes = SymbolELF(is64Bit: is64Bit, symbols: [Symbol("start", 0x100000)]).bytes
    let query: Set = [GuestAddress(linear: 0x100000, physical: 0x100000)]
    func read(_ file: [UInt8]) { _ = try? ELFFile(.memory(file)).symbols(at: query) }
    for length in bytes.indices { read(Array(bytes[..<length])) }
    for position in bytes.indices {
      for value in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
        var changed = bytes
        changed[position] = value
        read(changed)
      }
    }
  }

  @Test("every built-in guest names its entry")
  func builtIn() throws {
    for guest in BuiltInGuest.all {
      let image = try BootImage(guest.file)
      let entry = GuestAddress(linear: image.entry, physical: image.entry)
      #expect(try SymbolFile(image).places(of: [entry])?[entry]?.description == "entry")
    }
  }
}

extension ImageError {
  fileprivate var isAboutSymbols: Bool {
    switch self {
    case .badSymbols: true
    case .truncated(let what, _, _): what.contains("symbol")
    default: false
    }
  }
}
