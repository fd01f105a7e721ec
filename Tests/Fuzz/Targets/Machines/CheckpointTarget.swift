import GuestImages

@testable import KVM
@testable import LinuxHost
@testable import VMM

/// Checkpoint files, taken apart as far as goes without a machine.
///
/// Constants, length and checksums are made right, so that the checks behind them are reached.
/// *Reaches:* header, sections, runs of pages, memory mapped or copied. *Does not reach:* what the sections
/// mean (``CarryTarget``, ``RestoreTarget``), and files that change while they are read.
enum CheckpointTarget: FuzzTarget {
  static let name = "checkpoint"

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    let layout = input.byte()
    var bytes = input.remainder()
    if layout & 1 == 1 {
      // The front ends at a page, and as many pages follow as the upper bits say.
      bytes += [UInt8](repeating: 0, count: (4096 - max(bytes.count, 64) % 4096) % 4096)
      if bytes.count >= 4096 { bytes.put(UInt64(bytes.count), at: 32) }
      bytes += [UInt8](repeating: 7, count: Int(layout >> 4) * 4096)
    }
    CheckpointEnvelope.seal(&bytes)
    try read(bytes)
  }

  private static func read(_ bytes: [UInt8]) throws {
    let path = ScratchFile("checkpoint")
    try HostFile.write(bytes, to: path.path)
    let file: CheckpointFile
    do throws(CheckpointFileError) { file = try CheckpointFile(reading: path.path) } catch {
      return try promise(!"\(error)".isEmpty, "a refusal without a reason")
    }
    guard MachineConfiguration.memorySizes.contains(file.memorySize) else { return }
    let memory = try file.memory()
    var writer = CheckpointWriter()
    for name in file.sections { writer.add(name, try file.bytes(of: name)) }
    try check(writer, memory, against: file)
  }

  /// What was read is written, and reads back as the same sections and the same memory.
  private static func check(
    _ writer: CheckpointWriter, _ memory: borrowing GuestMemory,
    against file: borrowing CheckpointFile
  ) throws {
    let path = ScratchFile("checkpoint-again")
    try writer.write(to: path.path, memory: memory)
    let again = try CheckpointFile(reading: path.path)
    try promise(again.sections == file.sections, "other sections are read back")
    for name in file.sections {
      try promise(again.bytes(of: name) == file.bytes(of: name), "section \(name) differs")
    }
    try promise(again.memorySize == file.memorySize, "RAM of another size is read back")
    let memoryAgain = try again.memory()
    for run in try memory.usedPages().union(memoryAgain.usedPages()).ranges {
      let address = UInt64(run.lowerBound) * 4096
      try promise(
        memory.bytes(at: address, count: run.count * 4096)
          == memoryAgain.bytes(at: address, count: run.count * 4096), "memory differs")
    }
  }

  static func seeds() -> [[UInt8]] {
    let sections = Self.sections([("MACH", 0, 40), ("REGS", 0, 144), ("REGS", 1, 0)])
    return [
      [0x01] + front(sections: 3, sections),
      [0x31] + front(sections: 3, sections, runs: [2..<4, 9..<10]),
      [0xf1] + front(sections: 0, [], runs: [0..<15]), [0x00] + front(sections: 3, sections),
    ]
  }

  static var largeInputs: [LargeInput] {
    func sections(_ count: Int) -> [UInt8] {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(16 * count)
      for instance in 0..<UInt32(count) {
        bytes += Array("FILL".utf8)
        bytes.append(number: instance)
        bytes.append(number: UInt64(0))
      }
      return bytes
    }
    return [
      LargeInput("a-million-empty-sections") {
        [0x01] + front(sections: 1 << 20, sections(1 << 20))
      },
      LargeInput("2-to-the-24-sections-announced") {
        [0x01] + front(sections: 1 << 24, sections(100))
      },
      LargeInput("2-to-the-32-sections-and-runs") {
        [0x01] + front(sections: .max, [], runCount: .max)
      },
      LargeInput("1-TiB-of-RAM") { [0x01] + front(sections: 0, [], memorySize: 1 << 40) },
      LargeInput("2-to-the-46-of-RAM") { [0x01] + front(sections: 0, [], memorySize: 1 << 46) },
      LargeInput("2000-runs-of-4-pages") {
        let runs = (0..<2000).map { 8 * $0..<8 * $0 + 4 }
        var file = front(sections: 0, [], runs: runs, memorySize: Int(PLATFORM_RAM_LIMIT))
        file += [UInt8](repeating: 0, count: (4096 - file.count % 4096) % 4096)
        file.put(UInt64(file.count), at: 32)
        return [0x00] + file + [UInt8](repeating: 7, count: 8000 * 4096)
      },
      LargeInput("a-section-of-16-MiB") {
        [0x01] + front(sections: 1, Self.sections([("BULK", 0, 16 << 20)]))
      },
    ]
  }

  private static func sections(_ list: [(tag: String, instance: UInt32, size: Int)]) -> [UInt8] {
    list.reduce(into: []) { bytes, section in
      bytes += Array(section.tag.utf8)
      bytes.append(number: section.instance)
      bytes.append(number: UInt64(section.size))
      bytes += [UInt8](repeating: 1, count: section.size)
    }
  }

  /// Header, sections and runs; constants and checksums are the envelope's.
  private static func front(
    sections count: UInt32, _ sections: [UInt8], runs: [Range<Int>] = [], runCount: UInt32? = nil,
    memorySize: Int = 1 << 20
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 64)
    bytes.put(count, at: 24)
    bytes.put(runCount ?? UInt32(runs.count), at: 28)
    bytes.put(UInt64(memorySize), at: 48)
    bytes += sections
    for run in runs {
      bytes.append(number: UInt64(run.lowerBound))
      bytes.append(number: UInt64(run.count))
    }
    return bytes
  }
}
