public import KVM
internal import LinuxHost

/// A checkpoint in a file: named sections, and the pages of guest memory that are in use.
///
/// The format, version 1. All numbers are little-endian.
///
/// | byte | size | what |
/// |---|---|---|
/// | 0 | 8 | magic: `swvmm`, 0x0d, 0x0a, 0x1a |
/// | 8 | 4 | format version: 1 |
/// | 12 | 4 | architecture: 62, ELF's number for x86-64 |
/// | 16 | 4 | page size: 4096 |
/// | 20 | 4 | size of this header: 64 |
/// | 24 | 4 | number of sections: at most 4096 |
/// | 28 | 4 | number of page runs |
/// | 32 | 8 | where the first page begins: a multiple of 4096, at most 16 MiB |
/// | 40 | 8 | length of the whole file |
/// | 48 | 8 | size of guest memory in bytes: a multiple of 4096, more than 0, at most 3328 MiB |
/// | 56 | 4 | CRC-32C of bytes 64 to the end |
/// | 60 | 4 | CRC-32C of bytes 0 to 59 |
/// | 64 | | sections, each: tag (4 printable characters), instance (4), length (8), contents |
/// | | | page runs, each: first page's number (8), number of pages (8) |
/// | | | zeros, fewer than 4096, up to the first page |
/// | | | pages, in the order of the runs |
///
/// Sections have different names. Runs are ascending, not empty, and do not touch; pages in none of
/// them are zero. Sections follow each other without gaps, so that none can overlap another.
///
/// Pages begin at multiples of the page size, so that they can be mapped. The checksum of the contents
/// stands before them and is known only after them: a writer fills in the header last, and until then
/// the file has no magic.
public struct CheckpointFile: ~Copyable, Sendable {
  /// The version of the format that this program writes and reads.
  public static var formatVersion: UInt32 { CheckpointHeader.version }

  private let file: RegularFile
  private let header: CheckpointHeader
  private let pages: RangeSet<Int>
  private let contents: [SectionName: ArraySlice<UInt8>]

  /// The sections' names, in the file's order.
  public let sections: [SectionName]

  /// The size of guest memory in bytes: a multiple of 4096, more than 0.
  public var memorySize: Int { Int(header.memorySize) }

  /// Opens a checkpoint and checks all of it, each byte included.
  ///
  /// *Order:* what is cheap to refuse comes first. Header, sections and runs are bounded; the checksum takes
  /// as long as the file is, so it is made of a file only that would be taken otherwise.
  ///
  /// - Parameter path: The file's path.
  /// - Throws: ``CheckpointFileError`` with the first thing that is wrong.
  public init(reading path: String) throws(CheckpointFileError) {
    let file = try system { () throws(SystemError) in try RegularFile(reading: path) }
    let header = try CheckpointHeader(
      Self.bytes(of: file, at: 0, count: min(file.size, UInt64(CheckpointHeader.size))),
      fileSize: file.size)
    let start = UInt64(CheckpointHeader.size)
    var parser = Parser(
      reader: SectionReader(
        try Self.bytes(of: file, at: start, count: header.pagesOffset - start),
        of: SectionName("HEAD")),
      end: header.pagesOffset)
    let sections = try parser.sections(count: header.sectionCount)
    let pages = try parser.runs(count: header.runCount, of: header.memorySize)
    try parser.finish(pages: pages, header)
    var checksum = CRC32C()
    try system { () throws(SystemError) in try file.update(&checksum, from: start) }
    guard checksum.value == header.checksum else {
      throw .damaged(
        from: start, to: header.length, expected: header.checksum, found: checksum.value)
    }
    self.file = file
    self.header = header
    self.pages = pages
    self.sections = sections.names
    contents = sections.contents
  }

  private static func bytes(
    of file: borrowing RegularFile, at offset: UInt64, count: UInt64
  ) throws(CheckpointFileError) -> [UInt8] {
    try system { () throws(SystemError) in try file.bytes(at: offset, count: Int(count)) }
  }

  /// Whether there is such a section.
  public func contains(_ name: SectionName) -> Bool { contents[name] != nil }

  /// Reads a section to its end.
  ///
  /// - Parameters:
  ///   - name: Which.
  ///   - body: Reads it, in the order in which it was written.
  /// - Returns: What the body returns.
  /// - Throws: ``CheckpointFileError/missingSection(_:)``, what the body throws, and
  ///   ``CheckpointFileError/badSection(_:reason:)`` if it leaves something unread.
  public func read<Result>(
    _ name: SectionName, _ body: (inout SectionReader) throws(CheckpointFileError) -> Result
  ) throws(CheckpointFileError) -> Result {
    var reader = SectionReader(try rawSection(name), of: name)
    let result = try body(&reader)
    try reader.finish()
    return result
  }

  /// All bytes of a section.
  ///
  /// - Parameter name: Which.
  /// - Returns: Its contents, as they were added.
  /// - Throws: ``CheckpointFileError/missingSection(_:)``.
  public func bytes(of name: SectionName) throws(CheckpointFileError) -> [UInt8] {
    Array(try rawSection(name))
  }

  private func rawSection(_ name: SectionName) throws(CheckpointFileError) -> ArraySlice<UInt8> {
    guard let bytes = contents[name] else { throw .missingSection(name) }
    return bytes
  }

  /// The most bytes of the line that says what wrote a checkpoint.
  public static let authorSizeMax = 256

  /// What wrote a checkpoint.
  ///
  /// - Parameter path: The file's path.
  /// - Returns: A line; nil where the file does not say, or is damaged.
  public static func author(of path: String) -> String? {
    do { return try CheckpointFile(reading: path).author } catch { return nil }
  }

  private var author: String? {
    guard let bytes = contents[SectionName(.author)], bytes.count <= Self.authorSizeMax else {
      return nil
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Guest memory as it was: mapped from the file, not read.
  ///
  /// The file may be replaced or removed afterwards, but not changed in place (`GuestMemory.requireSource()`
  /// says whether it was).
  ///
  /// - Throws: ``CheckpointFileError/system(_:)`` naming `mmap` or `read`.
  public func memory() throws(CheckpointFileError) -> GuestMemory {
    try system { () throws(SystemError) in
      try GuestMemory(size: memorySize, pages: pages, from: file, at: header.pagesOffset)
    }
  }
}

/// Takes apart what lies between header and pages.
private struct Parser {
  var reader: SectionReader
  let end: UInt64

  /// Where the next byte is in the file.
  private var offset: UInt64 { end - UInt64(reader.rest.count) }

  private func malformed(_ reason: String) -> CheckpointFileError {
    .malformed(offset: offset, reason: reason)
  }

  /// The number after the last, or the error that it is missing.
  private mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type
  ) throws(CheckpointFileError) -> Number {
    guard reader.rest.count >= Number.bitWidth / 8 else {
      throw malformed("ends within the list of sections and runs")
    }
    return try reader.integer(type)
  }

  mutating func sections(
    count: UInt32
  ) throws(CheckpointFileError) -> (
    names: [SectionName], contents: [SectionName: ArraySlice<UInt8>]
  ) {
    var names: [SectionName] = []
    var contents: [SectionName: ArraySlice<UInt8>] = [:]
    for _ in 0..<count {
      guard let tag = SectionTag(code: try number(UInt32.self)) else {
        throw malformed("behind a tag that is not four printable characters")
      }
      let name = SectionName(tag, try number(UInt32.self))
      let length = try number(UInt64.self)
      guard length <= UInt64(reader.rest.count) else {
        throw malformed("section \(name) of \(length) bytes reaches beyond the sections' end")
      }
      guard contents.updateValue(try reader.take(length), forKey: name) == nil else {
        throw malformed("behind a second section \(name)")
      }
      names.append(name)
    }
    return (names, contents)
  }

  mutating func runs(
    count: UInt32, of memorySize: UInt64
  ) throws(CheckpointFileError) -> RangeSet<Int> {
    let limit = memorySize / UInt64(Mapping.pageSize)
    var runs: [Range<Int>] = []
    for _ in 0..<count {
      let first = try number(UInt64.self)
      let pages = try number(UInt64.self)
      // Compared without a sum that could overflow; below the limit every number is an Int.
      guard pages > 0, first <= limit, pages <= limit - first else {
        throw malformed("behind a run of \(pages) pages from page \(first), of \(limit)")
      }
      let run = Int(first)..<Int(first + pages)
      if let last = runs.last, run.lowerBound <= last.upperBound {
        throw malformed("behind a run from page \(first), after one up to \(last.upperBound - 1)")
      }
      runs.append(run)
    }
    return RangeSet(runs)
  }

  /// Checks that nothing else is there, and all pages are.
  func finish(pages: RangeSet<Int>, _ header: CheckpointHeader) throws(CheckpointFileError) {
    guard reader.rest.count < Mapping.pageSize, reader.rest.allSatisfy({ $0 == 0 }) else {
      throw malformed("something between the runs and the pages")
    }
    // The runs lie in RAM and do not overlap, so there are at most as many bytes as RAM has.
    let bytes = pages.ranges.reduce(UInt64(0)) { $0 + UInt64($1.count * Mapping.pageSize) }
    guard header.length - header.pagesOffset == bytes else {
      throw .malformed(
        offset: header.pagesOffset,
        reason: "the runs have \(bytes) bytes, which are not what follows")
    }
  }
}

/// Runs a call of LinuxHost, turning its error into a checkpoint's.
private func system<Result: ~Copyable>(
  _ body: () throws(SystemError) -> Result
) throws(CheckpointFileError) -> Result {
  do { return try body() } catch { throw .system(error) }
}
