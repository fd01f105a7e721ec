internal import GuestImages
internal import LinuxHost

/// The first 64 bytes of a checkpoint; ``CheckpointFile`` says what is where.
struct CheckpointHeader: Hashable {
  static let size = 64
  static let version: UInt32 = 1
  /// The number that ELF gives x86-64 (`EM_X86_64`).
  static let architecture: UInt32 = 62

  /// What a file may say of itself: numbers above these come from no machine of this program, whose vCPUs
  /// have about 14 sections each, and whose RAM has at most half as many runs as pages, of 16 bytes each.
  enum Limit {
    static let sections: UInt32 = 4096
    static let pagesOffset: UInt64 = 16 << 20
    static let memorySize = UInt64(PLATFORM_RAM_LIMIT)
  }

  /// With carriage return, line feed and MS-DOS's end of text: a transfer as text, which would spoil the
  /// rest, spoils this first.
  private static let magic = Array("swvmm\r\n\u{1a}".utf8)

  var sectionCount: UInt32
  var runCount: UInt32
  /// Where the first page is, and thereby the end of sections and runs.
  var pagesOffset: UInt64
  /// The file's.
  var length: UInt64
  /// Of the guest's RAM.
  var memorySize: UInt64
  /// Of all that follows the header.
  var checksum: UInt32

  var bytes: [UInt8] {
    var writer = SectionWriter()
    writer.append(Self.magic)
    for number in [
      Self.version, Self.architecture, UInt32(Mapping.pageSize), UInt32(Self.size), sectionCount,
      runCount,
    ] { writer.write(number) }
    for number in [pagesOffset, length, memorySize] { writer.write(number) }
    writer.write(checksum)
    writer.write(Self.checksum(of: writer.bytes))
    return writer.bytes
  }

  private static func checksum(of bytes: [UInt8]) -> UInt32 {
    var checksum = CRC32C()
    checksum.update(bytes)
    return checksum.value
  }

  /// Whether an image file is a checkpoint, by its magic.
  static func isLikely(_ file: ImageBytes) throws(ImageError) -> Bool {
    guard file.count >= UInt64(magic.count) else { return false }
    return try file.bytes(in: 0..<UInt64(magic.count)) == magic
  }

  /// Reads a header.
  ///
  /// The order of the checks: what it is comes first, then the version, because another one may mean
  /// anything by the bytes that follow; then the header's own checksum, so that whatever is found wrong
  /// afterwards was written like that.
  ///
  /// - Parameters:
  ///   - bytes: The file's first 64 bytes, or all that it has.
  ///   - fileSize: The file's size.
  /// - Throws: ``CheckpointFileError`` with the first thing that is wrong.
  init(_ bytes: [UInt8], fileSize: UInt64) throws(CheckpointFileError) {
    let beginning = min(bytes.count, Self.magic.count)
    guard beginning > 0, bytes[..<beginning] == Self.magic[..<beginning] else {
      throw .notACheckpoint
    }
    guard bytes.count >= Self.size else {
      throw .truncated(expected: UInt64(Self.size), found: fileSize)
    }
    // A name for messages that cannot occur: there are 64 bytes, and no more are read.
    var reader = SectionReader(bytes[Self.magic.count...], of: SectionName("HEAD"))
    let version = try reader.integer(UInt32.self)
    guard version == Self.version else { throw .otherVersion(version) }
    let architecture = try reader.integer(UInt32.self)
    let pageSize = try reader.integer(UInt32.self)
    let headerSize = try reader.integer(UInt32.self)
    sectionCount = try reader.integer()
    runCount = try reader.integer()
    pagesOffset = try reader.integer()
    length = try reader.integer()
    memorySize = try reader.integer()
    checksum = try reader.integer()

    let end = Self.size - 4
    let noted = try reader.integer(UInt32.self)
    let found = Self.checksum(of: Array(bytes[..<end]))
    guard noted == found else {
      throw .damaged(from: 0, to: UInt64(end), expected: noted, found: found)
    }
    guard architecture == Self.architecture else { throw .otherArchitecture(architecture) }
    guard pageSize == UInt32(Mapping.pageSize) else { throw .otherPageSize(pageSize) }
    guard headerSize == UInt32(Self.size) else {
      throw .malformed(offset: 20, reason: "a header of \(headerSize) bytes")
    }
    try checkSizes(fileSize: fileSize)
  }

  init(
    sectionCount: UInt32, runCount: UInt32, pagesOffset: UInt64, length: UInt64, memorySize: UInt64,
    checksum: UInt32
  ) {
    self.sectionCount = sectionCount
    self.runCount = runCount
    self.pagesOffset = pagesOffset
    self.length = length
    self.memorySize = memorySize
    self.checksum = checksum
  }

  private func checkSizes(fileSize: UInt64) throws(CheckpointFileError) {
    guard fileSize >= length else { throw .truncated(expected: length, found: fileSize) }
    guard fileSize <= length else { throw .trailingBytes(expected: length, found: fileSize) }
    let page = UInt64(Mapping.pageSize)
    guard sectionCount <= Limit.sections else {
      throw .malformed(offset: 24, reason: "\(sectionCount) sections, at most \(Limit.sections)")
    }
    guard pagesOffset % page == 0, pagesOffset <= length, pagesOffset > 0,
      pagesOffset <= Limit.pagesOffset
    else { throw .malformed(offset: 32, reason: "pages from byte \(pagesOffset)") }
    guard memorySize > 0, memorySize % page == 0, memorySize <= Limit.memorySize else {
      throw .malformed(offset: 48, reason: "RAM of \(memorySize) bytes")
    }
    // Compared without a product: a run of at least one page, and one page at least between two.
    let runs = (memorySize / page + 1) / 2
    guard runCount <= runs else {
      throw .malformed(
        offset: 28, reason: "\(runCount) runs of pages, at most \(runs) fit into RAM")
    }
    guard length - pagesOffset <= memorySize else {
      throw .malformed(
        offset: 40, reason: "\(length - pagesOffset) bytes of pages, more than RAM has")
    }
  }
}
