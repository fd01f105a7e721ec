import Testing

@testable import VMM

/// The note by which an image says how it is entered.
@Suite("Notes of images")
struct ImageNoteTests {
  private static let gnu = Array("GNU\0".utf8)
  private static let xen = Array("Xen\0".utf8)
  private static let entry = word(0x100000)

  private static func word(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  private static func note(
    _ name: [UInt8], _ type: UInt32, _ value: [UInt8], paddedTo alignment: Int = 4
  ) -> [UInt8] {
    func padded(_ bytes: [UInt8]) -> [UInt8] {
      bytes + [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
    }
    let head = word(UInt32(name.count)) + word(UInt32(value.count)) + word(type) + name
    return padded(padded(head) + value)
  }

  /// An image with a segment of notes.
  private func elf(_ notes: [UInt8], alignment: UInt64 = 4) -> TinyELF {
    var elf = TinyELF()
    elf.tail = notes
    elf.segments.append(
      TinyELF.Segment(
        type: 4, offset: 64 + 2 * 56, fileSize: UInt64(notes.count),
        memorySize: UInt64(notes.count), alignment: alignment))
    return elf
  }

  private func image(_ notes: [UInt8], alignment: UInt64 = 4) throws -> BootImage {
    try BootImage(elf(notes, alignment: alignment).bytes)
  }

  @Test("the note is found behind others, padded to 4 or to 8, whatever the header says")
  func padding() throws {
    for (padding, alignment) in [(4, 4), (8, 8), (4, 8), (4, 0), (4, 1), (4, 16)] as [(Int, UInt64)]
    {
      for other in [[1], [1, 2, 3, 4], [UInt8](repeating: 7, count: 9)] {
        let notes =
          Self.note(Self.gnu, 0x100, other, paddedTo: padding)
          + Self.note(Array("stapsdt\0".utf8), 3, other, paddedTo: padding)
          + Self.note(Self.xen, 18, Self.entry, paddedTo: padding)
        let image = try image(notes, alignment: alignment)
        #expect(
          image.bootProtocol == .pvh && image.remark == nil, "\(padding), p_align \(alignment)")
      }
    }
  }

  @Test("a name without its 0, or with several, is Xen's")
  func names() throws {
    for name in ["Xen", "Xen\0", "Xen\0\0\0\0\0"] {
      #expect(
        try image(Self.note(Array(name.utf8), 18, Self.entry)).bootProtocol == .pvh, "\(name)")
    }
  }

  @Test("what is nearly the note changes the boot protocol, but not in silence")
  func nearly() throws {
    for notes in [
      Self.note(Self.xen, 17, Self.entry), Self.note(Array("XEN\0".utf8), 18, Self.entry),
      Self.note(Array("Xe\0".utf8), 18, Self.entry), Self.note(Self.xen, 18, Self.entry).dropLast(),
      Array(Self.note(Self.xen, 18, Self.entry)[..<12]), Self.note(Self.gnu, 1, []) + [1],
    ].map(Array.init) {
      let image = try image(notes)
      #expect(image.bootProtocol == .long && image.remark != nil, "\(notes)")
      #expect(try BootImage(elf(notes).bytes, forcing: .long).remark == nil)
      #expect(throws: ImageError.self) { try BootImage(elf(notes).bytes, forcing: .pvh) }
    }
    #expect(try image(Self.note(Self.gnu, 1, [1, 2])).remark == nil)
    #expect(throws: ImageError.badNote("a PVH entry of 0 bytes")) {
      try image(Self.note(Self.xen, 18, []))
    }
    #expect(throws: ImageError.badNote("a PVH entry above 4 GiB")) {
      try image(Self.note(Self.xen, 18, Self.entry + [1, 0, 0, 0]))
    }
  }

  @Test("damage in foreign notes refuses no image, and hides no note of another header")
  func damage() throws {
    for sizes in [(UInt32.max, 4), (4, UInt32.max), (.max, .max), (200, 0)] as [(UInt32, UInt32)] {
      let damaged = Self.word(sizes.0) + Self.word(sizes.1) + Self.word(5) + Self.gnu + Self.entry
      let image = try image(damaged)
      #expect(image.bootProtocol == .long && image.remark?.contains("ends beyond") == true)
      var two = elf(damaged + Self.note(Self.xen, 18, Self.entry))
      two.segments[1].fileSize = UInt64(damaged.count)
      two.segments.append(
        TinyELF.Segment(type: 4, offset: two.segments[1].offset + 56, fileSize: 20, memorySize: 20))
      two.segments[1].offset += 56
      two.segments[2].offset += UInt64(damaged.count)
      #expect(try BootImage(two.bytes).bootProtocol == .pvh)
    }
    var outside = elf([])
    outside.segments[1].fileSize = 1
    #expect(try BootImage(outside.bytes).remark?.contains("reach beyond the file") == true)
  }

  @Test("so many headers and bytes of notes are looked at, and no more")
  func limits() throws {
    let headers = 65534
    var elf = TinyELF()
    let offset = UInt64(64 + (headers + 1) * 56)
    let size = UInt64(1 << 20)
    let segment = TinyELF.Segment(type: 4, offset: offset, fileSize: size, memorySize: size)
    elf.segments += [TinyELF.Segment](repeating: segment, count: headers)
    elf.tail = [UInt8](repeating: 0, count: Int(size))
    #expect(try BootImage(elf.bytes).remark?.contains("1 MiB of notes") == true)
    for index in 1...headers { elf.segments[index].fileSize = 12 }
    #expect(try BootImage(elf.bytes).remark?.contains("more than 64 headers") == true)
  }
}
