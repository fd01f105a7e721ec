import KVM
import LinuxHost
import TestSupport
import Testing

@testable import VMM

@Suite("Linux images")
struct LinuxImageTests {
  private func refusal(
    forcing forced: BootProtocol? = nil, ramSize: Int = 8 << 20, commandLine: [UInt8] = [],
    ramDisk: [UInt8]? = nil, _ change: (inout TinyLinux) -> Void = { _ in }
  ) -> ImageError? {
    var linux = TinyLinux()
    change(&linux)
    do throws(ImageError) {
      var image = try BootImage(linux.bytes, forcing: forced)
      if let ramDisk { try image.attachRAMDisk(ramDisk) }
      try image.check(ramSize: ramSize, commandLine: commandLine)
      return nil
    } catch { return error }
  }

  private func words(_ bytes: [UInt8]?, _ offset: Int, _ size: Int) -> UInt64 {
    (0..<size).reduce(0) { $0 | UInt64(bytes?[offset + $1] ?? 0) << (8 * UInt64($1)) }
  }

  @Test("a bzImage is known by its header, forced or not, and is Linux")
  func recognition() throws {
    for forced in [nil, BootProtocol.linux] {
      let image = try BootImage(TinyLinux().bytes, forcing: forced)
      #expect(image.bootProtocol == .linux && image.isLinux && image.remark == nil)
    }
    #expect(try BootImage(TinyELF().bytes).isLinux == false)
    // A boot sector of another vendor's is a flat binary, as it always was.
    var sector = [UInt8](repeating: 0xf4, count: 512)
    sector.replaceSubrange(510..<512, with: [0x55, 0xaa])
    #expect(try BootImage(sector).bootProtocol == .real)
    for file in [[0x4d, 0x5a], Array("MZ".utf8) + sector, TinyELF().bytes] {
      #expect(throws: ImageError.self) { try BootImage(file, forcing: .linux) }
    }
    #expect(throws: ImageError.notLinux) { try BootImage(Array("MZ".utf8) + sector) }
  }

  @Test("a bzImage is refused when it ends before any byte that its header announces")
  func truncation() {
    let file = TinyLinux().bytes
    for length in 0..<file.count {
      for forced in [nil, BootProtocol.linux] {
        #expect(throws: ImageError.self, "cut at \(length)") {
          try BootImage(Array(file[..<length]), forcing: forced)
        }
      }
    }
    #expect(refusal() == nil)
  }

  @Test("no change of one byte of the header makes the loader trap or write outside RAM")
  func mutation() throws {
    let file = TinyLinux().bytes
    let memory = try GuestMemory(size: 4 << 20)
    for position in 0x1f1..<0x26c {
      for change in (isThorough ? [0x01, 0x55, 0x7f, 0x80, 0xff] : [0x01, 0xff]) as [UInt8] {
        var changed = file
        changed[position] ^= change
        guard var image = try? BootImage(changed) else { continue }
        try? image.attachRAMDisk([1, 2, 3])
        _ = try? image.load(into: memory, commandLine: [0x61])
      }
    }
  }

  @Test("each defect is named")
  func defects() {
    #expect(refusal(forcing: .linux) { $0.magic = 0 } == .notLinux)
    #expect(refusal(forcing: .linux) { $0.bootFlag = 0 } == .notLinux)
    #expect(refusal { $0.magic = 0 } == .notLinux)
    #expect(
      refusal { $0.version = 0x20b }
        == .unsupported("a Linux boot protocol older than 2.12 (0x20b)"))
    #expect(
      refusal { $0.loadFlags = 0 }
        == .unsupported("a zImage, which is loaded below 1 MiB; a bzImage is needed"))
    #expect(
      refusal { $0.extendedLoadFlags = 0 }
        == .unsupported("a Linux kernel without a 64-bit entry (XLF_KERNEL_64)"))
    for (size, end) in [(0x61, 0x263), (0, 0x202), (0x8f, 0x291), (0xff, 0x301)] {
      #expect(
        refusal { $0.headerSize = UInt8(size) }
          == .unsupported("Linux's setup header ends at byte \(end), not 612 to 656"))
    }
    #expect(refusal { $0.headerSize = 0x62 } == nil)
    #expect(refusal { $0.headerSize = 0x8e } == nil)
    #expect(refusal { $0.setupSectors = 0 } == nil)
    #expect(
      refusal { $0.payloadSize = .max }
        == .truncated("the kernel", end: 1024 + UInt64(UInt32.max) * 16, fileSize: 2048))
    #expect(
      refusal { $0.payloadSize = 65 } == .truncated("the kernel", end: 2064, fileSize: 2048))
    // Nothing at the entry.
    #expect(refusal { $0.payloadSize = 32 } == .nothingToLoad)
    #expect(refusal { $0.payloadSize = 0 } == .nothingToLoad)
    #expect(refusal { $0.payloadSize = 33 } == nil)
  }

  @Test("sizes that wrap, overlap low memory or exceed RAM are refused before a copy")
  func fitting() {
    #expect(refusal { $0.loadAddress = .max } == .wrapping(segment: 0))
    #expect(refusal { $0.loadAddress = .max - 0xf_ffff } == .wrapping(segment: 0))
    #expect(
      refusal { $0.loadAddress = .max - 0x10_0000 }
        == .outsideRAM(.max - 0x10_0000, size: 0x10_0000, ramSize: 8 << 20))
    #expect(
      refusal { $0.loadAddress = 0xf_ffff } == .inLowMemory(0xf_ffff, below: 0x10_0000))
    #expect(refusal { $0.loadAddress = 0x10_0000 } == nil)
    #expect(refusal { $0.loadAddress = 0x70_0000 } == nil)
    #expect(
      refusal { $0.loadAddress = 0x70_0001 }
        == .outsideRAM(0x70_0001, size: 0x10_0000, ramSize: 8 << 20))
    // As much as the file has is needed, whatever the header says.
    #expect(
      refusal {
        $0.initialSize = 0; $0.loadAddress = (8 << 20) - 0x3ff
      }
        == .outsideRAM((8 << 20) - 0x3ff, size: 0x400, ramSize: 8 << 20))
  }

  @Test("the command line has the length that the kernel takes")
  func commandLine() {
    let longest = [UInt8](repeating: 0x61, count: 2047)
    #expect(refusal(commandLine: longest) == nil)
    #expect(refusal(commandLine: longest + [0x61]) == .commandLineTooLong(2048, capacity: 2047))
    #expect(
      refusal(commandLine: [0x61]) { $0.commandLineSize = 0 }
        == .commandLineTooLong(1, capacity: 0))
    #expect(
      refusal(commandLine: longest + longest) { $0.commandLineSize = .max }
        == .commandLineTooLong(4094, capacity: LowMemory.commandLineCapacity))
  }

  @Test("the initial RAM disk is as high as it may be, or refused")
  func ramDisk() throws {
    func place(_ size: UInt64, _ kernelEnd: UInt64, _ limit: UInt64) -> UInt64? {
      try? PCMemory.ramDiskAddress(size: size, behind: kernelEnd, below: limit)
    }
    #expect(place(1, 0x30_0000, 0x80_0000) == 0x7f_f000)
    #expect(place(0x1000, 0x30_0000, 0x80_0000) == 0x7f_f000)
    #expect(place(0x1001, 0x30_0000, 0x80_0000) == 0x7f_e000)
    #expect(place(0x50_0000, 0x30_0000, 0x80_0000) == 0x30_0000)
    #expect(place(0x50_0001, 0x30_0000, 0x80_0000) == nil)
    #expect(place(0x4f_f001, 0x30_0001, 0x80_0000) == nil)
    #expect(place(.max, 0x30_0000, 0x80_0000) == nil)
    #expect(place(1, 0x80_0000, 0x80_0000) == nil)
    #expect(place(1, 0, 0x8_0000) == nil)
    #expect(
      refusal(ramDisk: [UInt8](repeating: 1, count: 6 << 20))
        == .noRoomForRAMDisk(size: 6 << 20, room: 5 << 20))
    #expect(
      refusal(ramDisk: [1]) { $0.ramDiskAddressMax = 0x2f_ffff }
        == .noRoomForRAMDisk(size: 1, room: 0))
    #expect(refusal(ramDisk: [1]) { $0.ramDiskAddressMax = .max } == nil)
    #expect(refusal(ramDisk: []) == .emptyRAMDisk)
    var flat = try BootImage([0xf4])
    #expect(throws: ImageError.noRAMDisk(.real)) { try flat.attachRAMDisk([1]) }
    var long = try BootImage(TinyELF().bytes)
    #expect(throws: ImageError.noRAMDisk(.long)) { try long.attachRAMDisk([1]) }
  }

  @Test("the 64-bit entry finds its page, its segments, memory, command line, tables and RAM disk")
  func entry() throws {
    let memory = try GuestMemory(size: 8 << 20)
    var image = try BootImage(TinyLinux().bytes)
    try image.attachRAMDisk(Array("disk".utf8))
    let start = try image.load(into: memory, commandLine: Array("a b".utf8), cpus: 2)
    #expect(start == .linux(entry: 0x20_0200, bootParameters: 0x8000))
    #expect(memory.bytes(at: 0x20_0000, count: 0x400) == TinyLinux().payload)
    let page = memory.bytes(at: 0x8000, count: 4096)
    #expect(words(page, 0x202, 4) == 0x5372_6448)
    #expect(words(page, 0x210, 1) == 0xff)
    #expect(words(page, 0x218, 4) == 0x7f_f000 && words(page, 0x21c, 4) == 4)
    #expect(memory.bytes(at: 0x7f_f000, count: 5) == Array("disk\0".utf8))
    let commandLine = words(page, 0x228, 4)
    #expect(memory.bytes(at: commandLine, count: 4) == Array("a b\0".utf8))
    #expect(words(page, 0x1e8, 1) == 3)
    let map = (0..<3).map { entry in [0, 8, 16].map { words(page, 0x2d0 + 20 * entry + $0, 8) } }
    #expect(map.map { $0[0] } == [0, 0xa_0000, 0x10_0000])
    #expect(map.map { $0[1] } == [0xa_0000, 0x6_0000, 0x70_0000])
    #expect(map.map { $0[2] & 0xffff_ffff } == [1, 2, 1])
    #expect(memory.bytes(at: words(page, 0x70, 8), count: 8) == Array("RSD PTR ".utf8))
    let descriptors = memory.bytes(at: 0x500, count: 32)
    #expect(words(descriptors, 0x10, 8) == 0x00af_9b00_0000_ffff)
    #expect(words(descriptors, 0x18, 8) == 0x00cf_9300_0000_ffff)
  }

  @Test("an ELF file with a PVH entry and a note of Linux's gets modules, map and tables")
  func elf() throws {
    func note(_ name: String, _ type: UInt32, _ value: UInt32) -> [UInt8] {
      var bytes: [UInt8] = []
      for number in [UInt32(name.utf8.count), 4, type] { bytes.append(number: number) }
      bytes += Array(name.utf8) + [UInt8](repeating: 0, count: 8 - name.utf8.count)
      bytes.append(number: value)
      return bytes
    }
    let xen = note("Xen\0\0", 18, 0x10_0000)
    let linux = note("Linux\0", 0x100, 0)
    let gnu = note("GNU\0\0", 3, 0)
    for (notes, isLinux) in [
      (xen + linux, true), (linux + gnu + xen, true), (xen + gnu, false), (linux, false),
      // A second entry changes nothing, nor does damage behind the first.
      (xen + note("Xen\0\0", 18, 5) + linux, true), (xen + [1], false),
    ] {
      var elf = TinyELF()
      elf.segments.append(
        .init(
          type: 4, offset: 64 + 2 * 56, fileSize: UInt64(notes.count),
          memorySize: UInt64(notes.count), alignment: 4))
      elf.tail = notes
      var image = try BootImage(elf.bytes)
      #expect(image.isLinux == isLinux && image.bootProtocol == (notes == linux ? .long : .pvh))
      guard image.bootProtocol == .pvh else { continue }
      try image.attachRAMDisk([7])
      let memory = try GuestMemory(size: 2 << 20)
      #expect(
        try image.load(into: memory, commandLine: [])
          == .protected(entry: 0x10_0000, startInfo: 0x7000))
      let info = memory.bytes(at: 0x7000, count: 56)
      #expect(words(info, 12, 4) == 1)
      let module = memory.bytes(at: words(info, 16, 8), count: 32)
      #expect(words(module, 0, 8) == 0x1f_f000 && words(module, 8, 8) == 1)
      #expect(memory.bytes(at: 0x1f_f000, count: 1) == [7])
      #expect(words(info, 32, 8) == (isLinux ? 0xe_0000 : 0))
      #expect(words(info, 48, 4) == (isLinux ? 3 : 1))
    }
  }
}
