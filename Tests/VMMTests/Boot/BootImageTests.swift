import Glibc
import KVM
import LinuxHost
import TestSupport
import Testing

@testable import VMM

/// An ELF64 executable, field by field, that tests can spoil.
struct TinyELF {
  struct Segment {
    var type: UInt32 = 1
    var offset: UInt64 = 0
    var address: UInt64 = 0x100000
    var fileSize: UInt64 = 0
    var memorySize: UInt64 = 0x1000
    var alignment: UInt64 = 0x1000
  }

  var machine: UInt16 = 62
  var type: UInt16 = 2
  var dataEncoding: UInt8 = 1
  var entry: UInt64 = 0x100000
  var segments = [Segment()]
  var tail: [UInt8] = []

  var bytes: [UInt8] {
    var file: [UInt8] =
      [0x7f, 0x45, 0x4c, 0x46, 2, dataEncoding, 1] + Array(repeating: 0, count: 9)
    append(UInt64(type), 2, &file)
    append(UInt64(machine), 2, &file)
    append(1, 4, &file)
    append(entry, 8, &file)
    append(64, 8, &file)
    append(0, 8, &file)
    append(0, 4, &file)
    for half in [64, 56, UInt64(segments.count), 64, 0, 0] { append(half, 2, &file) }
    for segment in segments {
      append(UInt64(segment.type), 4, &file)
      append(7, 4, &file)
      append(segment.offset, 8, &file)
      append(segment.address, 8, &file)
      append(segment.address, 8, &file)
      append(segment.fileSize, 8, &file)
      append(segment.memorySize, 8, &file)
      append(segment.alignment, 8, &file)
    }
    return file + tail
  }

  private func append(_ value: UInt64, _ size: Int, _ file: inout [UInt8]) {
    for byte in 0..<size { file.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }
}

@Suite("Boot images")
struct BootImageTests {
  private func refusal(_ file: [UInt8], forcing forced: BootProtocol? = nil) -> ImageError? {
    do {
      _ = try BootImage(file, forcing: forced)
      return nil
    } catch { return error }
  }

  private func refusal(_ change: (inout TinyELF) -> Void) -> ImageError? {
    var elf = TinyELF()
    change(&elf)
    return refusal(elf.bytes)
  }

  @Test("the protocol is taken from the file, or forced")
  func recognition() throws {
    let hello = try #require(BuiltInGuest.named("hello")).file
    #expect(try BootImage(hello).bootProtocol == .pvh)
    #expect(try BootImage(hello, forcing: .long).bootProtocol == .long)
    #expect(refusal(hello, forcing: .real) == .notFlat)
    #expect(try BootImage(TinyELF().bytes).bootProtocol == .long)
    #expect(try BootImage([0xf4]).bootProtocol == .real)
    #expect(refusal([0xf4], forcing: .pvh) == .notELF)
    #expect(refusal(TinyELF().bytes, forcing: .pvh) == .noPVHNote)
  }

  @Test("every built-in guest is refused when it ends before any byte that its headers announce")
  func truncation() throws {
    for guest in BuiltInGuest.all {
      let file = guest.file
      // The end of the one segment, which begins with the file; symbols are behind it.
      let end =
        file[4] == 2
        ? Int(file.number(at: 64 + 32, UInt64.self)) : Int(file.number(at: 52 + 16, UInt32.self))
      // Of the lengths behind the headers a few, unless the run is thorough.
      for length in 0..<end where isThorough || length < 256 || length % 7 == 0 || length == end - 1
      {
        #expect(refusal(Array(file[..<length])) != nil, "\(guest.name) cut at \(length)")
      }
      #expect(refusal(file) == nil, "\(guest.name)")
    }
  }

  @Test("no change of one byte makes the loader trap or write outside RAM")
  func mutation() throws {
    let file = try #require(BuiltInGuest.named("hello")).file
    let memory = try GuestMemory(size: 2 << 20)
    for position in 0..<min(file.count, 256) {
      for value in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
        var changed = file
        changed[position] ^= value == 0 ? 0x55 : value
        if let image = try? BootImage(changed) {
          _ = try? image.load(into: memory, commandLine: [])
        }
      }
    }
  }

  @Test("each defect is named")
  func defects() {
    #expect(refusal([]) == .empty)
    #expect(
      refusal { $0.machine = 183 }
        == .unsupported("ELF for another processor (e_machine 183; x86-64 is 62, i386 3)"))
    #expect(
      refusal { $0.dataEncoding = 2 } == .unsupported("big-endian ELF: x86 is little-endian"))
    #expect(
      refusal { $0.type = 3 }
        == .unsupported("not an executable linked to fixed addresses (e_type 3, not 2)"))
    #expect(refusal { $0.segments = [] } == .nothingToLoad)
    #expect(refusal { $0.segments[0].memorySize = 0 } == .nothingToLoad)
    #expect(
      refusal { $0.segments[0].fileSize = 0x1001 }
        == .fileExceedsMemory(segment: 0, fileSize: 0x1001, memorySize: 0x1000))
    #expect(refusal { $0.segments[0].address = .max - 0xfff } == .wrapping(segment: 0))
    #expect(refusal { $0.segments[0].memorySize = .max } == .wrapping(segment: 0))
    #expect(
      refusal {
        $0.segments.append(TinyELF.Segment(address: 0x100fff))
      } == .overlapping(0x100000, 0x100fff))
    #expect(refusal { $0.entry = 0x101000 } == .entryOutside(0x101000))
    #expect(
      refusal {
        $0.segments[0].fileSize = 0x10; $0.segments[0].offset = .max - 1
      }
        == .truncated("segment 0", end: .max, fileSize: 120))
    #expect(
      refusal { $0.segments.append(TinyELF.Segment(type: 3)) }
        == .unsupported("dynamically linked (PT_INTERP)"))
    #expect(refusal(Array(repeating: 0, count: 600_000)) == .flatTooLarge(600_000))
  }

  @Test("what does not fit into RAM is not loaded")
  func fitting() throws {
    let memory = try GuestMemory(size: 2 << 20)
    func load(_ change: (inout TinyELF) -> Void) -> ImageError? {
      var elf = TinyELF()
      change(&elf)
      do {
        _ = try BootImage(elf.bytes).load(into: memory, commandLine: [])
        return nil
      } catch { return error }
    }
    #expect(
      load {
        $0.segments[0].address = (2 << 20) - 0x1000; $0.entry = (2 << 20) - 1
      } == nil)
    #expect(
      load {
        $0.segments[0].address = (2 << 20) - 0xfff; $0.entry = (2 << 20) - 1
      }
        == .outsideRAM((2 << 20) - 0xfff, size: 0x1000, ramSize: 2 << 20))
    #expect(
      load {
        $0.segments[0].address = 1 << 40; $0.entry = 1 << 40
      }
        == .outsideRAM(1 << 40, size: 0x1000, ramSize: 2 << 20))
    #expect(
      load {
        $0.segments[0].address = 0x7fff; $0.entry = 0x8000
      } == .inLowMemory(0x7fff, below: 0x8000))
  }

  /// A file of so many headers, each with all the bytes of the file behind them.
  private func sharing(_ count: Int, apart: UInt64) -> TinyELF {
    let headers = UInt64(64 + 56 * count)
    var elf = TinyELF()
    elf.segments = (0..<UInt64(count)).map {
      TinyELF.Segment(
        offset: headers, address: 0x100000 + $0 * apart, fileSize: 0x8000, memorySize: 0x8000)
    }
    elf.tail = [UInt8](repeating: 0x5a, count: 0x8000)
    return elf
  }

  @Test("65535 segments that share their bytes are refused by their ranges, before a copy")
  func sharedBytes() throws {
    // 2 GiB of contents; the last one is the first that does not fit.
    let memory = try GuestMemory(size: 3 << 30)
    let image = try BootImage(sharing(65535, apart: 0x8000).bytes)
    #expect(throws: ImageError.commandLineTooLong(40_000, capacity: LowMemory.commandLineCapacity))
    {
      _ = try image.load(into: memory, commandLine: [UInt8](repeating: 0x61, count: 40_000))
    }
    let apart = try BootImage(sharing(65535, apart: 1 << 32).bytes)
    #expect(throws: ImageError.outsideRAM(0x1_0010_0000, size: 0x8000, ramSize: 3 << 30)) {
      _ = try apart.load(into: memory, commandLine: [])
    }
    #expect(try memory.usedPages().isEmpty)
    #expect(refusal(sharing(65535, apart: 0x7fff).bytes) == .overlapping(0x100000, 0x107fff))
  }

  @Test("an empty range is never outside the file")
  func emptyRanges() {
    for type: UInt32 in [0, 1, 4, 6, 0x6474_e551] {
      for offset: UInt64 in [4096, 1 << 40, .max] {
        let empty = TinyELF.Segment(
          type: type, offset: offset, address: 0x200000, memorySize: type == 1 ? 4096 : 0)
        #expect(refusal { $0.segments.append(empty) } == nil, "\(type) at \(offset)")
        #expect(
          refusal {
            $0.segments.append(empty); $0.segments[1].memorySize = 0
          } == nil,
          "\(type) at \(offset), without memory")
      }
    }
  }

  @Test("of a file nothing is read but headers, and segments straight into RAM")
  func file() throws {
    let folder = TemporaryFolder()
    let hello = try #require(BuiltInGuest.named("hello")).file
    try HostFile.write(hello, to: folder.path + "/hello")
    let image = try BootImage(reading: RegularFile(reading: folder.path + "/hello"))
    let one = try GuestMemory(size: 2 << 20)
    let other = try GuestMemory(size: 2 << 20)
    let start = try image.load(into: one, commandLine: [])
    #expect(try start == BootImage(hello).load(into: other, commandLine: []))
    #expect(one.bytes(at: 0, count: 2 << 20) == other.bytes(at: 0, count: 2 << 20))
    // Cut off after it was opened: an error, and no trap.
    #expect(truncate(folder.path + "/hello", 100) == 0)
    #expect(throws: ImageError.self) { _ = try image.load(into: one, commandLine: []) }
  }

  @Test("places that may read the TSC are found across pieces, and only so many")
  func timeStampReads() throws {
    var bytes = [UInt8](repeating: 0x90, count: 300_000)
    bytes.replaceSubrange(10..<12, with: [0x0f, 0x31])
    bytes.replaceSubrange(299_990..<299_993, with: [0x0f, 0x01, 0xf9])
    let image = try BootImage(bytes, forcing: .real)
    #expect(try image.timeStampReads(upTo: 9) == [0x7c00 + 10, 0x7c00 + 299_990])
    #expect(try image.timeStampReads(upTo: 1) == [0x7c00 + 10])

    let size = 3 << 20
    var elf = TinyELF()
    elf.segments[0] = .init(offset: 120, fileSize: UInt64(size), memorySize: UInt64(size))
    elf.tail = [UInt8](repeating: 0, count: size)
    for place in [(1 << 20) - 1, (2 << 20) - 2] {
      elf.tail.replaceSubrange(place..<place + 3, with: [0x0f, 0x01, 0xf9])
    }
    #expect(
      try BootImage(elf.bytes).timeStampReads(upTo: 9)
        == [0x100000 + 0xfffff, 0x100000 + 0x1ffffe])
  }

  @Test("the PVH start information says where RAM, the command line and the map are")
  func startInfo() throws {
    let memory = try GuestMemory(size: 2 << 20)
    let hello = try #require(BuiltInGuest.named("hello")).file
    let start = try BootImage(hello).load(into: memory, commandLine: Array("a b".utf8))
    guard case .protected(_, let address) = start else {
      Issue.record("\(start)")
      return
    }
    func word(_ at: UInt64) -> UInt64 {
      (memory.bytes(at: at, count: 8) ?? []).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    let info = UInt64(address)
    #expect(word(info) == 0x336e_c578 | 1 << 32)
    #expect(memory.bytes(at: word(info + 24), count: 4) == Array("a b\0".utf8))
    #expect(word(info + 48) == 1)
    #expect([0, 8, 16].map { word(word(info + 40) + $0) } == [0, 2 << 20, 1])
  }

  @Test("a command line that is too long, or that could not be read, is refused")
  func commandLine() throws {
    let memory = try GuestMemory(size: 2 << 20)
    let hello = try BootImage(#require(BuiltInGuest.named("hello")).file)
    let longest = [UInt8](repeating: 0x61, count: LowMemory.commandLineCapacity)
    _ = try hello.load(into: memory, commandLine: longest)
    #expect(throws: ImageError.commandLineTooLong(longest.count + 1, capacity: longest.count)) {
      _ = try hello.load(into: memory, commandLine: longest + [0x61])
    }
    #expect(throws: ImageError.noCommandLine) {
      _ = try BootImage([0xf4]).load(into: memory, commandLine: [0x61])
    }
  }

  @Test("page tables map 4 GiB to themselves")
  func pageTables() {
    let bytes = LowMemory.pageTableBytes
    func entry(_ table: Int, _ index: Int) -> UInt64 {
      let at = table * 4096 + index * 8
      return bytes[at..<at + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    #expect(entry(0, 0) == UInt64(LowMemory.pageTables) + 0x1003)
    for gigabyte in 0..<4 {
      #expect(entry(1, gigabyte) == UInt64(LowMemory.pageTables + 0x2003 + gigabyte << 12))
      for page in 0..<512 {
        #expect(entry(2 + gigabyte, page) == UInt64(gigabyte) << 30 | UInt64(page) << 21 | 0x83)
      }
    }
    #expect(LowMemory.pageTables + bytes.count == LowMemory.startInfo)
  }
}

@Suite("Exit statistics")
struct ExitStatisticsTests {
  @Test("counts and times add up, by kind and over vCPUs, beyond the table's capacity too")
  func counting() {
    var all = ExitStatistics()
    for cpu in 0..<2 {
      var one = ExitStatistics()
      for address in 0..<UInt64(100) {
        one.note(
          ExitKind(.load(address: address, size: 4)), guestNanoseconds: 2,
          hostNanoseconds: UInt64(cpu) + 1)
      }
      all.merge(one)
    }
    #expect(all.rows.reduce(0) { $0 + $1.count } == 200)
    #expect(all.rows.reduce(0) { $0 + $1.guestNanoseconds } == 400)
    #expect(all.rows.reduce(0) { $0 + $1.hostNanoseconds } == 300)
    #expect(all.rows.count == ExitStatistics.capacity + 1)
    #expect(all.rows.last?.kind == nil)
    #expect(all.rows.first?.hostNanosecondsMax == 2)
  }

  @Test("a full trace keeps the latest events in order and counts the others")
  func ring() {
    var ring = TraceRing(capacity: 4)
    for time in 0..<10 { ring.append(TraceEvent(time: UInt64(time), cpu: 0, content: .mark(0))) }
    #expect(ring.events.map(\.time) == [6, 7, 8, 9])
    #expect(ring.lost == 6)
  }
}
