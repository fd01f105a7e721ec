import LinuxHost

/// A checkpoint taken apart, so that it can be put together otherwise, with checksums that are right.
public struct CheckpointImage {
  /// A section, whose checks are not yet made.
  public struct Section {
    /// Four characters, as in `GTIM`.
    public var tag: String
    /// Which vCPU's, from 0.
    public var instance: UInt32
    /// What it says.
    public var bytes: [UInt8]

    /// A section, the first of its tag unless said.
    public init(tag: String, instance: UInt32 = 0, bytes: [UInt8]) {
      (self.tag, self.instance, self.bytes) = (tag, instance, bytes)
    }
  }

  /// In the order of the file.
  public var sections: [Section] = []
  private var header: [UInt8]
  /// Page runs, 16 bytes each, and the pages.
  private var runs: [UInt8] = []
  private let pages: [UInt8]

  /// Takes apart what this program wrote.
  ///
  /// - Throws: Where it cannot be read.
  public init(reading path: String) throws {
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
  public subscript(tag: String) -> [UInt8] {
    get { sections.first { $0.tag == tag }?.bytes ?? [] }
    set {
      guard let index = sections.firstIndex(where: { $0.tag == tag }) else {
        preconditionFailure("no section \(tag)")
      }
      sections[index].bytes = newValue
    }
  }

  /// The whole file.
  public var file: [UInt8] {
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
    var file = header + front + pages
    Self.seal(&file)
    return file
  }

  /// Makes both checksums of a file right, so that the checks behind them are reached.
  public static func seal(_ file: inout [UInt8]) {
    file.set(56, checksum(file[64...]))
    sealHeader(&file)
  }

  /// Makes the header's own checksum right.
  public static func sealHeader(_ file: inout [UInt8]) { file.set(60, checksum(file[..<60])) }

  /// CRC-32C, as the header has it.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var checksum = CRC32C()
    checksum.update(Array(bytes))
    return checksum.value
  }
}
