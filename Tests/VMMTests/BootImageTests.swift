import KVM
import Testing

@testable import VMM

/// An ELF64 executable, field by field, that tests can spoil.
private struct TinyELF {
  struct Segment {
    var type: UInt32 = 1
    var offset: UInt64 = 0
    var address: UInt64 = 0x100000
    var fileSize: UInt64 = 0
    var memorySize: UInt64 = 0x1000
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
      append(0x1000, 8, &file)
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
    #expect(try BootImage(hello, forcing: .real).bootProtocol == .real)
    #expect(try BootImage(TinyELF().bytes).bootProtocol == .long)
    #expect(try BootImage([0xf4]).bootProtocol == .real)
    #expect(refusal([0xf4], forcing: .pvh) == .notELF)
    #expect(refusal(TinyELF().bytes, forcing: .pvh) == .noPVHNote)
  }

  @Test("every built-in guest is refused when it ends before any byte that its headers announce")
  func truncation() throws {
    for guest in BuiltInGuest.all {
      let file = guest.file
      for length in 0..<file.count {
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

  @Test("a note that lies about its sizes is refused")
  func notes() {
    func note(name: UInt32, value: UInt32, bytes: Int = 20) -> ImageError? {
      var elf = TinyELF()
      elf.tail = [name, value, 18, 0x006e_6558, 0x100000].flatMap { word in
        (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
      }
      elf.segments.append(
        TinyELF.Segment(
          type: 4, offset: 64 + 2 * 56, fileSize: UInt64(bytes), memorySize: UInt64(bytes)))
      return refusal(elf.bytes)
    }
    #expect(note(name: 4, value: 4) == nil)
    #expect(note(name: .max, value: 4) != nil)
    #expect(note(name: 4, value: .max) != nil)
    #expect(note(name: 4, value: 8) != nil)
    #expect(note(name: 4, value: 0) == .badNote("a PVH entry of 0 bytes"))
    for bytes in 1..<20 { #expect(note(name: 4, value: 4, bytes: bytes) != nil, "\(bytes)") }
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
      } == .inLowMemory(0x7fff))
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

  @Test("a command line that is too long, or that nobody could read, is refused")
  func commandLine() throws {
    let memory = try GuestMemory(size: 2 << 20)
    let hello = try BootImage(#require(BuiltInGuest.named("hello")).file)
    let longest = [UInt8](repeating: 0x61, count: LowMemory.commandLineCapacity)
    _ = try hello.load(into: memory, commandLine: longest)
    #expect(throws: ImageError.commandLineTooLong(longest.count + 1)) {
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
