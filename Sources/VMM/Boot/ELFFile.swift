/// An ELF file for x86, as much of it as a loader needs.
///
/// Fields and constants are those of the System V ABI. Every offset is checked against the file
/// before it is used.
struct ELFFile {
  /// A program header.
  struct Header {
    let index: Int
    let type: UInt32
    let offset: UInt64
    let virtualAddress: UInt64
    let physicalAddress: UInt64
    let fileSize: UInt64
    let memorySize: UInt64
  }

  let is64Bit: Bool
  private let file: [UInt8]
  private let entry: UInt64
  private let headers: [Header]

  private static let magic: [UInt8] = [0x7f, 0x45, 0x4c, 0x46]
  private enum HeaderType {
    static let load: UInt32 = 1
    static let interpreter: UInt32 = 3
    static let note: UInt32 = 4
  }

  /// Whether a file means to be ELF: it begins with the magic number, or with as much of that as it
  /// has bytes.
  static func isLikely(_ file: [UInt8]) -> Bool {
    zip(file, magic).allSatisfy { $0 == $1 }
  }

  /// Reads the headers.
  init(_ file: [UInt8]) throws(ImageError) {
    self.file = file
    let reader = FieldReader(file)
    try reader.check("the ELF identification", at: 0, count: 16)
    is64Bit = file[4] == 2
    guard file[4] == 1 || file[4] == 2 else { throw .unsupported("ELF class \(file[4])") }
    guard file[5] == 1 else { throw .unsupported("big-endian ELF: x86 is little-endian") }
    let size: UInt64 = is64Bit ? 64 : 52
    try reader.check("the ELF header", at: 0, count: size)
    let type = reader.u16(16)
    let machine = reader.u16(18)
    guard machine == 62 || machine == 3 else {
      throw .unsupported("ELF for another processor (e_machine \(machine); x86-64 is 62, i386 3)")
    }
    guard type == 2 else {
      throw .unsupported("not an executable linked to fixed addresses (e_type \(type), not 2)")
    }
    entry = is64Bit ? reader.u64(24) : UInt64(reader.u32(24))
    headers = try Self.readHeaders(reader, is64Bit: is64Bit)
  }

  private static func readHeaders(
    _ reader: FieldReader, is64Bit: Bool
  ) throws(ImageError) -> [Header] {
    let table = is64Bit ? reader.u64(32) : UInt64(reader.u32(28))
    let entrySize = UInt64(reader.u16(is64Bit ? 54 : 42))
    let count = UInt64(reader.u16(is64Bit ? 56 : 44))
    guard count > 0 else { throw .nothingToLoad }
    guard entrySize == (is64Bit ? 56 : 32) else {
      throw .unsupported("program headers of \(entrySize) bytes")
    }
    // 16-bit factors: no overflow.
    try reader.check("the program header table", at: table, count: entrySize * count)
    return (0..<count).map { number in
      let at = Int(table + number * entrySize)
      let index = Int(number)
      return is64Bit
        ? Header(
          index: index, type: reader.u32(at), offset: reader.u64(at + 8),
          virtualAddress: reader.u64(at + 16), physicalAddress: reader.u64(at + 24),
          fileSize: reader.u64(at + 32), memorySize: reader.u64(at + 40))
        : Header(
          index: index, type: reader.u32(at), offset: UInt64(reader.u32(at + 4)),
          virtualAddress: UInt64(reader.u32(at + 8)),
          physicalAddress: UInt64(reader.u32(at + 12)), fileSize: UInt64(reader.u32(at + 16)),
          memorySize: UInt64(reader.u32(at + 20)))
    }
  }

  /// The headers of segments that take up memory, each checked by itself.
  func loadableSegments() throws(ImageError) -> [Header] {
    if headers.contains(where: { $0.type == HeaderType.interpreter }) {
      throw .unsupported("dynamically linked (PT_INTERP)")
    }
    let loadable = headers.filter { $0.type == HeaderType.load && $0.memorySize > 0 }
    guard !loadable.isEmpty else { throw .nothingToLoad }
    for header in headers where header.type == HeaderType.load {
      guard header.fileSize <= header.memorySize else {
        throw .fileExceedsMemory(
          segment: header.index, fileSize: header.fileSize, memorySize: header.memorySize)
      }
      guard !header.physicalAddress.addingReportingOverflow(header.memorySize).overflow else {
        throw .wrapping(segment: header.index)
      }
    }
    return loadable
  }

  /// What the file holds of a segment.
  func contents(of header: Header) throws(ImageError) -> [UInt8] {
    let reader = FieldReader(file)
    try reader.check("segment \(header.index)", at: header.offset, count: header.fileSize)
    return Array(file[Int(header.offset)..<Int(header.offset + header.fileSize)])
  }

  /// Where the entry point is in physical memory.
  func physicalEntry(in segments: [Header]) throws(ImageError) -> UInt64 {
    for segment in segments
    where entry >= segment.virtualAddress && entry - segment.virtualAddress < segment.memorySize {
      return segment.physicalAddress &+ (entry - segment.virtualAddress)
    }
    throw .entryOutside(entry)
  }

  /// The value of the note by which a Xen-aware kernel names its 32-bit entry.
  ///
  /// - Returns: The physical address, or nil if there is no such note.
  func pvhEntry() throws(ImageError) -> UInt32? {
    for header in headers where header.type == HeaderType.note {
      let notes = FieldReader(try contents(of: header))
      var offset: UInt64 = 0
      while offset < UInt64(notes.bytes.count) {
        try notes.check("a note", at: offset, count: 12)
        let nameSize = UInt64(notes.u32(Int(offset)))
        let valueSize = UInt64(notes.u32(Int(offset) + 4))
        let type = notes.u32(Int(offset) + 8)
        let name = offset + 12
        let value = name + roundedUp(nameSize)  // 32-bit sizes: no overflow
        try notes.check("a note", at: value, count: valueSize)
        if type == 18 && nameSize == 4 && notes.u32(Int(name)) == 0x006e_6558 {  // "Xen"
          return try entry(in: notes, at: Int(value), size: valueSize)
        }
        offset = value + roundedUp(valueSize)
      }
    }
    return nil
  }

  private func entry(
    in notes: FieldReader, at offset: Int, size: UInt64
  ) throws(ImageError) -> UInt32 {
    switch size {
    case 4: return notes.u32(offset)
    case 8:
      guard let entry = UInt32(exactly: notes.u64(offset)) else {
        throw .badNote("a PVH entry above 4 GiB")
      }
      return entry
    default: throw .badNote("a PVH entry of \(size) bytes")
    }
  }

  private func roundedUp(_ size: UInt64) -> UInt64 { (size + 3) & ~3 }
}

/// Little-endian numbers in a byte array.
///
/// Assumes: ``check(_:at:count:)`` approved every offset before it is read; an array's own bounds
/// check traps otherwise.
private struct FieldReader {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func check(_ what: String, at offset: UInt64, count: UInt64) throws(ImageError) {
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard !overflow && end <= UInt64(bytes.count) else {
      throw .truncated(what, end: overflow ? .max : end, fileSize: bytes.count)
    }
  }

  func u16(_ offset: Int) -> UInt16 { UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8 }
  func u32(_ offset: Int) -> UInt32 { UInt32(u16(offset)) | UInt32(u16(offset + 2)) << 16 }
  func u64(_ offset: Int) -> UInt64 { UInt64(u32(offset)) | UInt64(u32(offset + 4)) << 32 }
}
