import KVM
import TestSupport
import Testing

@testable import VMM

/// An ELF file of 32 bits with a Multiboot header behind its one program header, that tests can spoil.
struct TinyMultiboot {
  var magic: UInt32 = 0x1bad_b002
  var flags: UInt32 = 0
  var checksum: UInt32?
  /// Bytes between the program header and Multiboot's.
  var padding = 0
  var address: UInt32 = 0x100000
  var memorySize: UInt32 = 0x3000
  var entry: UInt32 = 0x100000

  var bytes: [UInt8] {
    var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1] + Array(repeating: 0, count: 9)
    for half in [2, 3] as [UInt16] { file += [UInt8](half) }
    for word in [1, entry, 52, 0, 0] as [UInt32] { file += [UInt8](word) }
    for half in [52, 32, 1, 40, 0, 0] as [UInt16] { file += [UInt8](half) }
    let size = UInt32(84 + padding + 12)
    for word in [1, 0, address, address, size, memorySize, 7, 0x1000] { file += [UInt8](word) }
    file += [UInt8](repeating: 0, count: padding)
    for word in [magic, flags, checksum ?? 0 &- magic &- flags] { file += [UInt8](word) }
    return file
  }
}

@Suite("Multiboot images")
struct MultibootTests {
  private func refusal(
    _ file: [UInt8], forcing forced: BootProtocol? = nil
  ) -> ImageError? {
    do {
      _ = try BootImage(file, forcing: forced)
      return nil
    } catch { return error }
  }

  private func refusal(_ change: (inout TinyMultiboot) -> Void) -> ImageError? {
    var image = TinyMultiboot()
    change(&image)
    return refusal(image.bytes)
  }

  @Test("the header makes a file of 32 bits one of Multiboot, wherever it is in the first 8 KiB")
  func recognition() throws {
    for padding in [0, 4, 4096, 8192 - 84 - 12] {
      var image = TinyMultiboot(padding: padding)
      #expect(try BootImage(image.bytes).bootProtocol == .multiboot)
      image.magic = 0
      #expect(refusal(image.bytes) == .no32BitEntry)
      #expect(refusal(image.bytes, forcing: .multiboot) == .noMultibootHeader)
    }
    #expect(refusal { $0.padding = 2 } == .no32BitEntry, "not on a word's boundary")
    #expect(refusal { $0.padding = 8192 - 84 } == .no32BitEntry)
    #expect(refusal([0xf4], forcing: .multiboot) == .notELF)
    let hello = try #require(BuiltInGuest.named("hello")).file
    #expect("\(try #require(refusal(hello, forcing: .multiboot)))".contains("64 bits"))
    // A header of another's goes before the one that is meant, as code may look like it.
    var later = TinyMultiboot(padding: 12)
    later.memorySize = 0x2000
    var file = later.bytes
    file.set(84, UInt32(0x1bad_b002))
    #expect(try BootImage(file).bootProtocol == .multiboot)
  }

  @Test("a wish that is not met is refused by its name", arguments: 0..<32)
  func flags(bit: Int) throws {
    let error = refusal { $0.flags = 1 << bit }
    if bit < 2 {
      #expect(error == nil)
    } else {
      let line = try #require(error).description
      #expect(line.contains("(flag bit \(bit))"))
      #expect(line.contains("a video mode") == (bit == 2))
      #expect(line.contains("load addresses") == (bit == 16))
    }
  }

  @Test("a header that is wrong or cut off is said to be that")
  func damage() throws {
    #expect(
      refusal { $0.checksum = 1 } == .badMultiboot("the header at byte 84 has a wrong checksum"))
    #expect(
      refusal { $0.padding = 8192 - 84 - 8 }
        == .badMultiboot("the header at byte 8184 goes beyond the first 8 KiB's end"))
    let whole = TinyMultiboot().bytes
    for length in 0..<whole.count {
      #expect(refusal(Array(whole[..<length])) != nil, "cut at \(length)")
      #expect(refusal(Array(whole[..<length]), forcing: .multiboot) != nil, "cut at \(length)")
    }
    #expect(
      refusal(Array(whole[..<95]))
        == .badMultiboot("the header at byte 84 goes beyond the file's end"))
    #expect(refusal { $0.entry = 0x103000 } == .entryOutside(0x103000))
    #expect(
      refusal {
        $0.address = 0xffff_f000; $0.entry = 0xffff_f000
      } == nil,
      "what does not fit into RAM is told when RAM is known")
    for position in 0..<whole.count {
      for value in [1, 0x7f, 0x80, 0xff] as [UInt8] {
        var changed = whole
        changed[position] ^= value
        _ = try? BootImage(changed).check(ramSize: 2 << 20, commandLine: [])
      }
    }
  }

  private func load(
    _ modules: [BootModule], _ image: TinyMultiboot = TinyMultiboot(), ramSize: Int = 4 << 20
  ) throws(ImageError) -> GuestMemory {
    let memory: GuestMemory
    do { memory = try GuestMemory(size: ramSize) } catch { throw .unreadable(error) }
    var image = try BootImage(image.bytes)
    image.modules = modules
    _ = try image.load(into: memory, commandLine: [UInt8]("name a b".utf8))
    return memory
  }

  private func word(_ memory: borrowing GuestMemory, _ address: UInt32) throws -> UInt32 {
    let bytes = memory.bytes(at: UInt64(address), count: 4)
    return try #require(bytes).number(at: 0)
  }

  private func text(_ memory: borrowing GuestMemory, _ address: UInt32) throws -> String {
    let bytes = memory.bytes(at: UInt64(address), count: 64)
    return String(decoding: try #require(bytes).prefix { $0 != 0 }, as: UTF8.self)
  }

  @Test("the information says where all is, and it is not in page 0")
  func information() throws {
    var image = try BootImage(TinyMultiboot().bytes)
    image.modules = [
      BootModule([UInt8]("first".utf8), name: [UInt8]("one".utf8)), BootModule([]),
      BootModule([UInt8](repeating: 7, count: 4097), name: [UInt8]("three x".utf8)),
    ]
    let memory = try GuestMemory(size: 4 << 20)
    let start = try image.load(into: memory, commandLine: [UInt8]("name a b".utf8))
    guard case .multiboot(entry: 0x100000, let information) = start else {
      Issue.record("\(start)")
      return
    }
    #expect(information >= 0x1000)
    var fields: [UInt32: UInt32] = [:]
    for offset in [0, 4, 8, 16, 20, 24, 44, 48, 64] as [UInt32] {
      fields[offset] = try word(memory, information + offset)
    }
    #expect(fields[0] == 0b10_0100_1101)
    #expect(fields[4] == 640)
    #expect(fields[8] == 3 << 10)
    let commandLine = try text(memory, #require(fields[16]))
    #expect(commandLine == "name a b")
    #expect(fields[20] == 3)
    let table = try #require(fields[24])
    var modules: [String] = []
    for entry in stride(from: table, to: table + 48, by: 16) {
      let (start, end) = (try word(memory, entry), try word(memory, entry + 4))
      modules.append("\(start)-\(end) \(try text(memory, word(memory, entry + 8)))")
    }
    #expect(
      modules == [
        "\(0x103000)-\(0x103005) one", "\(0x104000)-\(0x104000) ",
        "\(0x104000)-\(0x105001) three x",
      ])
    #expect(table >= 0x105001)
    let first = try text(memory, 0x103000)
    #expect(first == "first")
    let end = memory.bytes(at: 0x105000, count: 2)
    #expect(end == [7, 0])
    #expect(fields[44] == 24)
    var map: [UInt32] = []
    for index in 0..<6 as Range<UInt32> {
      map.append(try word(memory, #require(fields[48]) + 4 * index))
    }
    #expect(map == [20, 0, 0, 4 << 20, 0, 1])
    let loader = try text(memory, #require(fields[64]))
    #expect(loader == "swvmm")
  }

  @Test("without modules there is none")
  func noModules() throws {
    let memory = try load([])
    let flags = try word(memory, UInt32(LowMemory.startInfo))
    #expect(flags & 8 == 0)
    let count = try word(memory, UInt32(LowMemory.startInfo) + 20)
    #expect(count == 0)
  }

  @Test("modules are taken as long as RAM and their number allow")
  func bounds() throws {
    let page = BootModule([UInt8](repeating: 1, count: 4096))
    // From 0x103000 to 0x400000 are 765 pages, of which the table takes one.
    func refusal(_ modules: [BootModule], ramSize: Int = 4 << 20) -> ImageError? {
      do {
        _ = try load(modules, ramSize: ramSize)
        return nil
      } catch { return error }
    }
    let rest = BootModule([UInt8](repeating: 1, count: 0x3fd000 - 0x103000 - 0x1000))
    #expect(refusal([rest]) == nil)
    let all = BootModule([UInt8](repeating: 1, count: 0x400000 - 0x103000))
    #expect(refusal([all]) == .modulesOutsideRAM(1, ramSize: 4 << 20), "no room for the table")
    #expect(refusal([page, all]) == .modulesOutsideRAM(2, ramSize: 4 << 20))
    #expect(refusal([page], ramSize: 0x104000) == .modulesOutsideRAM(1, ramSize: 0x104000))
    #expect(refusal([page, page], ramSize: 0x104000) == .modulesOutsideRAM(2, ramSize: 0x104000))
    let empty = BootModule([])
    #expect(refusal([BootModule](repeating: empty, count: BootModule.countMax)) == nil)
    #expect(refusal([BootModule](repeating: empty, count: 65535)) == .tooManyModules(65535))
    var hello = try BootImage(#require(BuiltInGuest.named("hello")).file)
    hello.modules = [empty]
    #expect(throws: ImageError.noModules) { try hello.check(ramSize: 4 << 20, commandLine: []) }
    var top = TinyMultiboot(address: 0x3fd000, entry: 0x3fd000)
    #expect(throws: ImageError.modulesOutsideRAM(1, ramSize: 4 << 20)) {
      _ = try load([empty], top)
    }
    top.address = 0xffff_f000
    top.entry = top.address
    #expect(throws: ImageError.outsideRAM(0xffff_f000, size: 0x3000, ramSize: 4 << 20)) {
      _ = try load([], top)
    }
    #expect(throws: ImageError.inLowMemory(0x7000, below: 0x8000)) {
      _ = try load([], TinyMultiboot(address: 0x7000, entry: 0x7000))
    }
  }
}
