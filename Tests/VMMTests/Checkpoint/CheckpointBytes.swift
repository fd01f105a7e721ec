import KVM
import LinuxHost
import TestSupport

@testable import VMM

/// A checkpoint's bytes, to be spoiled and read.
struct CheckpointBytes {
  let folder: String
  var bytes: [UInt8]

  private static let sections: [(SectionName, [UInt8])] = [
    (SectionName("REGS"), Array(0..<100)), (SectionName("REGS", 1), []),
    (SectionName("TIME"), [1, 2, 3]),
  ]

  /// Two kinds of sections, two runs of pages: 2 and 3, and 9 of 16.
  init(in folder: String) throws {
    self.folder = folder
    let memory = try GuestMemory(size: 16 * 4096)
    for (page, byte) in [(2, UInt8(2)), (3, 3), (9, 9)] {
      _ = memory.write([UInt8](repeating: byte, count: 4096), at: UInt64(page) * 4096)
    }
    var writer = CheckpointWriter()
    for (name, bytes) in Self.sections { writer.add(name, bytes) }
    try writer.write(to: folder + "/good", memory: memory)
    let file = try RegularFile(reading: folder + "/good")
    bytes = try file.bytes(at: 0, count: Int(file.size))
  }

  /// Why the bytes are refused; nil if they are read, memory included.
  func refusal() throws -> CheckpointFileError? {
    let path = folder + "/spoilt"
    try HostFile.write(bytes, to: path)
    do throws(CheckpointFileError) {
      let file = try CheckpointFile(reading: path)
      for name in file.sections { _ = try file.bytes(of: name) }
      let memory = try file.memory()
      precondition(memory.size == file.memorySize)
      return nil
    } catch { return error }
  }

  /// Sets a number, little-endian.
  mutating func set<Number: FixedWidthInteger>(_ offset: Int, _ number: Number) {
    bytes.set(offset, number)
  }

  /// Makes both checksums right, so that the other checks are reached.
  mutating func seal() { CheckpointImage.seal(&bytes) }

  /// Where the first run's two numbers are: behind three sections.
  static let runs = 64 + sections.reduce(0) { $0 + 16 + $1.1.count }
}
