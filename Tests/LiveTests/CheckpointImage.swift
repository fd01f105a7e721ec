import LinuxHost

/// A checkpoint taken apart, so that it can be put together otherwise, with checksums that are right.
struct CheckpointImage {
  struct Section {
    /// Four characters, as in `GTIM`.
    var tag: String
    var instance: UInt32 = 0
    var bytes: [UInt8]
  }

  var sections: [Section] = []
  private var header: [UInt8]
  /// Page runs, 16 bytes each, and the pages.
  private var runs: [UInt8] = []
  private let pages: [UInt8]

  /// Takes apart what this program wrote.
  init(reading path: String) throws {
    guard let file = try HostFile.contents(of: path, limit: 1 << 24) else {
      preconditionFailure("\(path) has more than 16 MiB")
    }
    header = Array(file[..<64])
    pages = Array(file[Int(file.number(at: 32, UInt64.self))...])
    var offset = 64
    for _ in 0..<file.number(at: 24, UInt32.self) {
      let length = Int(file.number(at: offset + 8, UInt64.self))
      sections.append(
        Section(
          tag: String(decoding: file[offset..<offset + 4], as: UTF8.self),
          instance: file.number(at: offset + 4),
          bytes: Array(file[offset + 16..<offset + 16 + length])))
      offset += 16 + length
    }
    runs = Array(file[offset..<offset + 16 * Int(file.number(at: 28, UInt32.self))])
  }

  /// The bytes of the first vCPU's section, or the machine's.
  subscript(tag: String) -> [UInt8] {
    get { sections.first { $0.tag == tag }?.bytes ?? [] }
    set {
      guard let index = sections.firstIndex(where: { $0.tag == tag }) else {
        preconditionFailure("no section \(tag)")
      }
      sections[index].bytes = newValue
    }
  }

  /// The whole file.
  var file: [UInt8] {
    var front: [UInt8] = []
    for section in sections {
      front += Array(section.tag.utf8)
      front += [UInt8](section.instance)
      front += [UInt8](UInt64(section.bytes.count))
      front += section.bytes
    }
    front += runs
    front += [UInt8](repeating: 0, count: (4096 - (64 + front.count) % 4096) % 4096)
    var header = header
    header.set(24, UInt32(sections.count))
    header.set(32, UInt64(64 + front.count))
    header.set(40, UInt64(64 + front.count + pages.count))
    header.set(56, Self.checksum(front + pages))
    header.set(60, Self.checksum(Array(header[..<60])))
    return header + front + pages
  }

  /// CRC-32C, as the header has it.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var checksum = CRC32C()
    checksum.update(bytes)
    return checksum.value
  }
}

extension [UInt8] {
  /// A number's bytes, the lowest first.
  init(_ number: some FixedWidthInteger) {
    self = (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  func number<Number: FixedWidthInteger>(
    at offset: Int, _ type: Number.Type = Number.self
  ) -> Number {
    (0..<Number.bitWidth / 8).reversed().reduce(0) { $0 << 8 | Number(self[offset + $1]) }
  }

  mutating func set(_ offset: Int, _ number: some FixedWidthInteger) {
    replaceSubrange(offset..<offset + number.bitWidth / 8, with: [UInt8](number))
  }
}
