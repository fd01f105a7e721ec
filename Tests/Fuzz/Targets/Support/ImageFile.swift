/// What an ELF file says of one segment, read anew by offsets of the System V ABI.
struct ImageSegment {
  let address: UInt64
  let memorySize: UInt64
  /// Where the file has its bytes: not a copy, because any number of segments may share them.
  let contents: Range<Int>

  /// The segments of an accepted file that take up memory.
  ///
  /// - Throws: ``BrokenPromise`` where a header or its bytes lie outside the file.
  static func all(of file: [UInt8]) throws(BrokenPromise) -> [ImageSegment] {
    let is64Bit = file.count > 4 && file[4] == 2
    func field(_ narrow: UInt64, _ wide: UInt64, at base: UInt64) throws(BrokenPromise) -> UInt64 {
      let value =
        is64Bit
        ? file.number(UInt64.self, at: base + wide)
        : file.number(UInt32.self, at: base + narrow).map(UInt64.init)
      guard let value else { throw BrokenPromise(description: "a header outside the file") }
      return value
    }
    let table = try field(28, 32, at: 0)
    let count = file.number(UInt16.self, at: is64Bit ? 56 : 44) ?? 0
    let size: UInt64 = is64Bit ? 56 : 32
    try promise(table <= UInt64(file.count), "a table outside the file")
    var segments: [ImageSegment] = []
    for header in (0..<UInt64(count)).map({ table + $0 * size })
    where file.number(UInt32.self, at: header) == 1 {
      let memorySize = try field(20, 40, at: header)
      guard memorySize > 0 else { continue }
      let offset = try field(4, 8, at: header)
      let fileSize = try field(16, 32, at: header)
      try promise(
        UInt128(offset) + UInt128(fileSize) <= UInt128(file.count) || fileSize == 0,
        "a segment's bytes outside the file")
      let contents = fileSize == 0 ? 0..<0 : Int(offset)..<Int(offset + fileSize)
      segments.append(
        ImageSegment(
          address: try field(12, 24, at: header), memorySize: memorySize, contents: contents))
    }
    return segments
  }
}

/// An ELF file made to measure: so many segments and notes, all of the same bytes of the file.
struct ImageFile {
  let is64Bit: Bool
  var segments = 1
  var notes = 0
  /// From one segment's address to the next one's; 0: as many bytes as they have.
  var stride = 0
  /// How many bytes of the file they share.
  var shared = 64

  private static let firstAddress = 0x10_0000

  var bytes: [UInt8] {
    let count = segments + notes
    let table = is64Bit ? 64 : 52
    let data = table + count * (is64Bit ? 56 : 32)
    var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, is64Bit ? 2 : 1, 1, 1]
    file += [UInt8](repeating: 0, count: 9)
    file.append(number: UInt16(2))
    file.append(number: UInt16(is64Bit ? 62 : 3))
    file.append(number: UInt32(1))
    append(Self.firstAddress, to: &file)
    append(table, to: &file)
    append(0, to: &file)
    for half in [0, 0, table, is64Bit ? 56 : 32, count, 0, 0, 0] {
      file.append(number: UInt16(half))
    }
    for number in 0..<segments {
      let address = Self.firstAddress + number * (stride == 0 ? shared : stride)
      appendHeader(type: 1, data, address, to: &file)
    }
    for _ in 0..<notes { appendHeader(type: 4, data, 0, to: &file) }
    // Notes of 12 bytes without name and value; code that is not executed.
    return file + [UInt8](repeating: 0, count: shared)
  }

  private func append(_ number: Int, to file: inout [UInt8]) {
    if is64Bit {
      file.append(number: UInt64(number))
    } else {
      file.append(number: UInt32(truncatingIfNeeded: number))
    }
  }

  private func appendHeader(type: UInt32, _ offset: Int, _ address: Int, to file: inout [UInt8]) {
    file.append(number: type)
    if is64Bit { file.append(number: UInt32(7)) }
    for number in [offset, address, address, shared, shared] { append(number, to: &file) }
    if !is64Bit { file.append(number: UInt32(7)) }
    append(4, to: &file)
  }
}
