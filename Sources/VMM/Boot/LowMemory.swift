/// What a boot protocol puts below 32 KiB, and nothing else of ours is in RAM.
enum LowMemory {
  /// The GDT of protected and long mode.
  static let descriptorTable = 0x500
  /// PML4, PDPT and four page directories: 0..<4 GiB, identity, 2 MiB pages.
  static let pageTables = 0x1000
  /// `struct hvm_start_info` of the PVH boot protocol, or Multiboot's information.
  static let startInfo = 0x7000
  /// Its memory map, and the list of its modules.
  static let memoryMap = 0x7100
  /// What Multiboot says that this program is called, a C string.
  static let loaderName = 0x7180
  /// The guest's command line, a C string.
  static let commandLine = 0x7200
  /// The first address that is the image's.
  static let end = 0x8000
  /// Where the stack of a guest entered in long mode starts, growing down.
  static let stackTop = 0x80000
  /// Where a flat binary is loaded and entered, as a PC's firmware does with a boot sector.
  static let bootSector = 0x7c00

  /// The longest command line, in bytes without its terminating 0.
  static let commandLineCapacity = end - commandLine - 1

  /// Null, 64-bit code (0x08), data (0x10), 32-bit code (0x18).
  static let descriptors: [UInt64] = [
    0, 0x00af_9b00_0000_ffff, 0x00cf_9300_0000_ffff, 0x00cf_9b00_0000_ffff,
  ]

  static var descriptorTableBytes: [UInt8] { bytes(of: descriptors) }

  /// As many as above, for Linux's 64-bit entry: 64-bit code is 0x10, data 0x18.
  static var linuxDescriptorTableBytes: [UInt8] {
    bytes(of: [0, 0, descriptors[1], descriptors[2]])
  }

  /// Real mode's interrupt vectors, as a PC's firmware leaves them for what needs no firmware: each
  /// leads to an `iret`, in the words of the BIOS data area that are free.
  static var interruptVectorBytes: [UInt8] {
    let handler = 0x4f0
    let vectors = bytes(of: [UInt32](repeating: UInt32(handler), count: 256))
    return vectors + [UInt8](repeating: 0, count: handler - vectors.count) + [0xcf]
  }

  static var pageTableBytes: [UInt8] {
    let present: UInt64 = 0x3  // present, writable
    let large: UInt64 = 0x80
    let base = UInt64(pageTables)
    var tables = [UInt64](repeating: 0, count: 6 * 512)
    tables[0] = (base + 0x1000) | present
    for directory in 0..<4 {
      tables[512 + directory] = (base + 0x2000 + UInt64(directory) << 12) | present
    }
    for page in 0..<2048 { tables[1024 + page] = UInt64(page) << 21 | large | present }
    return bytes(of: tables)
  }

  /// Numbers, the lowest byte first.
  static func bytes<Word: FixedWidthInteger>(of words: [Word]) -> [UInt8] {
    words.flatMap { word in
      (0..<Word.bitWidth / 8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
  }
}
