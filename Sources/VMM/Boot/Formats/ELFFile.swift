/// An ELF file for x86, as much of it as a loader needs.
///
/// Fields and constants are those of the System V ABI. Every offset is checked against the file
/// before it is used, and nothing is read that no checked header names.
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
    let alignment: UInt64
  }

  let is64Bit: Bool
  let file: ImageBytes
  fileprivate let entry: UInt64
  /// At most 65535: the file's count of them has 16 bits.
  let headers: [Header]

  private static let magic: [UInt8] = [0x7f, 0x45, 0x4c, 0x46]
  enum HeaderType {
    static let load: UInt32 = 1
    static let interpreter: UInt32 = 3
    static let note: UInt32 = 4
  }

  /// Whether a file means to be ELF: it begins with the magic number, or with as much of that as it
  /// has bytes.
  static func isLikely(_ file: ImageBytes) throws(ImageError) -> Bool {
    let beginning = try file.bytes(in: 0..<min(UInt64(magic.count), file.count))
    return zip(beginning, magic).allSatisfy { $0 == $1 }
  }

  /// Reads the headers.
  init(_ file: ImageBytes) throws(ImageError) {
    self.file = file
    let identification = FieldReader(
      try file.bytes(in: file.range(of: "the ELF identification", at: 0, count: 16)))
    let (form, encoding) = (identification.bytes[4], identification.bytes[5])
    is64Bit = form == 2
    guard form == 1 || form == 2 else { throw .unsupported("ELF class \(form)") }
    guard encoding == 1 else { throw .unsupported("big-endian ELF: x86 is little-endian") }
    let reader = FieldReader(
      try file.bytes(in: file.range(of: "the ELF header", at: 0, count: is64Bit ? 64 : 52)))
    let type = reader.u16(16)
    let machine = reader.u16(18)
    guard machine == 62 || machine == 3 else {
      throw .unsupported("ELF for another processor (e_machine \(machine); x86-64 is 62, i386 3)")
    }
    guard type == 2 else {
      throw .unsupported("not an executable linked to fixed addresses (e_type \(type), not 2)")
    }
    entry = is64Bit ? reader.u64(24) : UInt64(reader.u32(24))
    headers = try Self.readHeaders(of: file, reader, is64Bit: is64Bit)
  }

  private static func readHeaders(
    of file: ImageBytes, _ header: FieldReader, is64Bit: Bool
  ) throws(ImageError) -> [Header] {
    let table = is64Bit ? header.u64(32) : UInt64(header.u32(28))
    let entrySize = UInt64(header.u16(is64Bit ? 54 : 42))
    let count = UInt64(header.u16(is64Bit ? 56 : 44))
    guard count > 0 else { throw .nothingToLoad }
    guard entrySize == (is64Bit ? 56 : 32) else {
      throw .unsupported("program headers of \(entrySize) bytes")
    }
    // 16-bit factors: no overflow, and at most 3.5 MiB.
    let range = try file.range(of: "the program header table", at: table, count: entrySize * count)
    let reader = FieldReader(try file.bytes(in: range))
    return (0..<Int(count)).map { index in
      let at = index * Int(entrySize)
      return is64Bit
        ? Header(
          index: index, type: reader.u32(at), offset: reader.u64(at + 8),
          virtualAddress: reader.u64(at + 16), physicalAddress: reader.u64(at + 24),
          fileSize: reader.u64(at + 32), memorySize: reader.u64(at + 40),
          alignment: reader.u64(at + 48))
        : Header(
          index: index, type: reader.u32(at), offset: UInt64(reader.u32(at + 4)),
          virtualAddress: UInt64(reader.u32(at + 8)),
          physicalAddress: UInt64(reader.u32(at + 12)), fileSize: UInt64(reader.u32(at + 16)),
          memorySize: UInt64(reader.u32(at + 20)), alignment: UInt64(reader.u32(at + 28)))
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

  /// Where the file has what it holds of a segment.
  func fileRange(of header: Header) throws(ImageError) -> Range<UInt64> {
    try file.range(of: "segment \(header.index)", at: header.offset, count: header.fileSize)
  }

  /// Where the entry point is in physical memory.
  func physicalEntry(in segments: [Header]) throws(ImageError) -> UInt64 {
    for segment in segments
    where entry >= segment.virtualAddress && entry - segment.virtualAddress < segment.memorySize {
      return segment.physicalAddress &+ (entry - segment.virtualAddress)
    }
    throw .entryOutside(entry)
  }
}

extension ELFFile {
  /// Where Multiboot enters a file: its entry point in physical memory, by the segment that has it as a
  /// virtual address, or as it is.
  func multibootEntry(in segments: [Header]) throws(ImageError) -> UInt64 {
    (try? physicalEntry(in: segments)) ?? entry
  }
}

/// Little-endian numbers in a byte array.
///
/// Assumes: every offset is approved before it is read; an array's own bounds check traps otherwise.
struct FieldReader {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func u16(_ offset: Int) -> UInt16 { UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8 }
  func u32(_ offset: Int) -> UInt32 { UInt32(u16(offset)) | UInt32(u16(offset + 2)) << 16 }
  func u64(_ offset: Int) -> UInt64 { UInt64(u32(offset)) | UInt64(u32(offset + 4)) << 32 }
}
