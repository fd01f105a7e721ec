import Glibc
import KVM
import LinuxHost
import TestSupport
import Testing

@testable import VMM

@Suite("Checkpoint files")
final class CheckpointFileTests {
  private let folder = TemporaryFolder()

  private func path(_ name: String = "state") -> String { "\(folder.path)/\(name)" }

  private func page(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 4096) }

  private func write(
    _ bytes: [UInt8], _ page: Int, _ memory: borrowing GuestMemory
  ) {
    let isInside = memory.write(bytes, at: UInt64(page) * 4096)
    #expect(isInside)
  }

  /// The pages in use, with their contents.
  private func pages(_ memory: borrowing GuestMemory) throws -> [Int: [UInt8]] {
    var pages: [Int: [UInt8]] = [:]
    for page in try memory.usedPages().ranges.joined() {
      pages[page] = memory.bytes(at: UInt64(page) * 4096, count: 4096)
    }
    return pages
  }

  @Test("sections come back as they were written, in their order")
  func sections() throws {
    var writer = CheckpointWriter()
    writer.add("NUMB") { section in
      section.write(UInt8(0xfe))
      section.write(Int16(-2))
      section.write(UInt32(0x1234_5678))
      section.write(Int64.min)
      section.write(true)
      section.write(false)
      section.write([UInt8]("text".utf8))
    }
    writer.add(SectionName("EMPT", 7), [])
    try writer.write(to: path(), memory: GuestMemory(size: 8192))
    let file = try CheckpointFile(reading: path())
    #expect(file.memorySize == 8192)
    #expect(file.sections == [SectionName("NUMB"), SectionName("EMPT", 7)])
    try file.read("NUMB") { section throws(CheckpointFileError) in
      #expect(try section.integer(UInt8.self) == 0xfe)
      #expect(try section.integer(Int16.self) == -2)
      #expect(try section.integer(UInt32.self) == 0x1234_5678)
      #expect(try section.integer(Int64.self) == .min)
      #expect(try section.boolean())
      #expect(try !section.boolean())
      #expect(try section.bytes() == [UInt8]("text".utf8))
    }
    #expect(try file.bytes(of: SectionName("EMPT", 7)) == [])
    #expect(file.contains("NUMB") && !file.contains("EMPT"))
    #expect(throws: CheckpointFileError.missingSection("EMPT")) { try file.bytes(of: "EMPT") }
    #expect(
      throws: CheckpointFileError.badSection("NUMB", reason: "27 bytes more than expected"),
      performing: {
        try file.read("NUMB") { section throws(CheckpointFileError) in
          #expect(try section.integer(UInt16.self) == 0xfefe)
        }
      })
  }

  @Test("a section's reader refuses what is not there, and what cannot be")
  func reader() throws {
    var short = SectionReader([1, 2, 3], of: "TEST")
    #expect(throws: CheckpointFileError.badSection("TEST", reason: "ends 1 bytes too early")) {
      try short.integer(UInt32.self)
    }
    var truth = SectionReader([2], of: "TEST")
    #expect(throws: CheckpointFileError.badSection("TEST", reason: "2 is neither true nor false")) {
      try truth.boolean()
    }
    var string = SectionReader([255, 255, 255, 255, 255, 255, 255, 255, 0], of: "TEST")
    #expect(
      throws: CheckpointFileError.badSection(
        "TEST", reason: "ends 18446744073709551614 bytes too early")
    ) { try string.bytes() }
  }

  @Test("a few pages in use make a small file, and memory comes back from it")
  func sparse() throws {
    let memory = try GuestMemory(size: 64 << 20)
    #expect(try memory.usedPages().isEmpty)
    let contents: [Int: [UInt8]] = [
      0: page(1), 100: page(2), 101: [0] + page(3).dropFirst(), 16383: page(0).dropLast() + [4],
    ]
    for (page, bytes) in contents { write(bytes, page, memory) }
    // Touched, and zero: neither a read nor a cleared page is in use.
    write(page(0), 5000, memory)
    #expect(memory.bytes(at: 7000 * 4096, count: 4096) == page(0))
    try CheckpointWriter().write(to: path(), memory: memory)
    #expect(try RegularFile(reading: path()).size == 4096 + 4 * 4096)

    let restored = try CheckpointFile(reading: path()).memory()
    #expect(restored.size == 64 << 20)
    #expect(try restored.usedPages() == memory.usedPages())
    #expect(try pages(restored) == contents)
  }

  /// Saved while nothing, and while some, of what was mapped has been touched.
  @Test("restored memory is saved again, untouched, touched and changed")
  func again() throws {
    let memory = try GuestMemory(size: 1 << 20)
    for number in 10..<20 { write(page(UInt8(number)), number, memory) }
    try CheckpointWriter().write(to: path(), memory: memory)

    let restored = try CheckpointFile(reading: path()).memory()
    try CheckpointWriter().write(to: path("untouched"), memory: restored)
    let first = try RegularFile(reading: path())
    let second = try RegularFile(reading: path("untouched"))
    #expect(
      try first.bytes(at: 0, count: Int(first.size))
        == second.bytes(at: 0, count: Int(second.size)))

    #expect(restored.bytes(at: 10 * 4096, count: 4096) == page(10))  // touched by a read
    write([0xff], 11, restored)  // changed
    write(page(0), 12, restored)  // cleared
    write([0xee], 200, restored)  // new
    var expected = try pages(memory)
    expected[11]?[0] = 0xff
    expected[12] = nil
    expected[200] = [0xee] + page(0).dropFirst()
    #expect(try pages(restored) == expected)
    // Over the very file that the pages are mapped from.
    try CheckpointWriter().write(to: path(), memory: restored)
    #expect(try pages(CheckpointFile(reading: path()).memory()) == expected)
    #expect(try pages(restored) == expected)
    #expect(try pages(memory)[12] == page(12))
  }

  @Test("more runs than are worth a mapping each are copied, to the same effect")
  func manyRuns() throws {
    let memory = try GuestMemory(size: 4200 * 4096)
    for number in stride(from: 1, to: 4200, by: 2) {
      write([UInt8(number % 255) + 1], number, memory)
    }
    try CheckpointWriter().write(to: path(), memory: memory)
    let restored = try CheckpointFile(reading: path()).memory()
    #expect(try restored.usedPages().ranges.count == 2100)
    #expect(try pages(restored) == pages(memory))
  }

  @Test("what cannot be written leaves the old checkpoint, and names call and file")
  func refused() throws {
    let memory = try GuestMemory(size: 4096)
    do {
      try CheckpointWriter().write(to: path("none/state"), memory: memory)
      Issue.record("written")
    } catch { #expect("\(error)".hasPrefix("open of \(folder.path)/none/.state.swvmm-partial: ")) }
    do {
      _ = try CheckpointFile(reading: folder.path)
      Issue.record("read")
    } catch { #expect("\(error)" == "read of \(folder.path): Is a directory (EISDIR)") }
  }

  @Test("memory whose file was changed in place is not saved as if it were whole")
  func changedInPlace() throws {
    for change in ["truncate -s 4096", "printf x | dd bs=1 seek=9000 conv=notrunc status=none of="]
    {
      let memory = try GuestMemory(size: 1 << 20)
      for number in 10..<20 { write(page(UInt8(number)), number, memory) }
      try CheckpointWriter().write(to: path(), memory: memory)
      let restored = try CheckpointFile(reading: path()).memory()
      try restored.requireSource()
      // Replaced by another, the file is still there for who has it open.
      try CheckpointWriter().write(to: path(), memory: restored)
      try restored.requireSource()
      let other = try CheckpointFile(reading: path()).memory()
      usleep(20_000)  // The clock of files may stand still for 10 ms.
      let target = change.hasSuffix("=") ? path() : " " + path()
      #expect(system(change + target) == 0)
      let error = #expect(throws: CheckpointFileError.self) {
        try CheckpointWriter().write(to: path("next"), memory: other)
      }
      #expect(error?.description.contains("changed or cut off") == true)
      #expect(access(path("next"), F_OK) != 0 && access(path(".next.swvmm-partial"), F_OK) != 0)
      #expect(Outcome.reset(cpu: 0).explained(by: other).isFailure)
      #expect(Outcome.exited(code: 3).explained(by: other) == .exited(code: 3))
      #expect(Outcome.reset(cpu: 0).explained(by: restored) == .reset(cpu: 0))
    }
  }
}
