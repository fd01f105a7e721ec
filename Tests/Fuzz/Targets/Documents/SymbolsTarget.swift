import TestSupport

@testable import VMM

/// Symbol tables of ELF files, of 32 and 64 bits.
///
/// *Reaches:* every check of sections, symbols and names, for addresses in and out of the file's segments.
/// *Does not reach:* a file that shrinks while it is read.
enum SymbolsTarget: FuzzTarget {
  static let name = "symbols"

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    var addresses: Set<GuestAddress> = []
    for _ in 0..<input.index(below: 8) {
      let linear = input.number()
      addresses.insert(
        GuestAddress(linear: linear, physical: input.flag() ? input.number() : nil))
    }
    for linear in stride(from: UInt64(0x100000), to: 0x101000, by: 0x80) {
      addresses.insert(GuestAddress(linear: linear, physical: linear))
    }
    let file = input.remainder()
    let places: [GuestAddress: SymbolPlace]?
    do throws(ImageError) { places = try ELFFile(.memory(file)).symbols(at: addresses) } catch {
      return try promise(!"\(error)".isEmpty, "a refusal without a reason")
    }
    for (address, place) in places ?? [:] {
      try promise(addresses.contains(address), "a place of an address that nothing asked for")
      // An invalid byte becomes a character of three.
      try promise((1...256 * 3).contains(place.name.utf8.count), "a name of no length, or too long")
      try promise(
        place.name.utf8.count > 256 || holds(file, Array(place.name.utf8))
          || place.name.contains("\u{fffd}"), "a name that the file does not have")
    }
  }

  private static func holds(_ file: [UInt8], _ name: [UInt8]) -> Bool {
    file.indices.contains { file[$0...].starts(with: name) }
  }

  static func seeds() -> [[UInt8]] {
    let symbols: [SymbolELF.Symbol] = [
      .init("start", 0x100000, size: 0x80), .init("label", 0x100400), .init("end", 0x100800),
    ]
    let files = [true, false].map { SymbolELF(is64Bit: $0, symbols: symbols).bytes }
    return (files + [BuiltInGuest.named("triple-fault")?.file ?? []]).map { [0] + $0 }
  }

  static var largeInputs: [LargeInput] {
    [true, false].map { is64Bit in
      LargeInput("a-quarter-of-a-million-symbols-\(is64Bit ? 64 : 32)") {
        let symbols = (0..<1 << 18).map { SymbolELF.Symbol("s", 0x100000 + UInt64($0 % 4096)) }
        return [0] + SymbolELF(is64Bit: is64Bit, symbols: symbols).bytes
      }
    }
  }
}
