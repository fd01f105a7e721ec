import GuestImages

@testable import KVM
@testable import VMM

/// Guest images: ELF of 32 and 64 bits, bzImages, flat binaries, into RAM of several sizes, with and without
/// an initial RAM disk.
///
/// *Reaches:* every check of headers, notes, segments and RAM, and what a boot protocol puts beside the
/// image. *Does not reach:* the guest's first instruction, which needs KVM (``RestoreTarget``).
enum BootTarget: FuzzTarget {
  static let name = "boot"

  private static let protocols: [BootProtocol?] = [
    nil, .pvh, .long, .real, .multiboot, .linux,
  ]
  private static let memorySizes = [1 << 20, 2 << 20, 33 << 20, Int(PLATFORM_RAM_LIMIT)]
  private static let commandLines = [
    0, 3, LowMemory.commandLineCapacity, LowMemory.commandLineCapacity + 1,
  ]

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    let forced = input.choice(protocols)
    let memory = try GuestMemory(size: input.choice(memorySizes))
    let commandLine = [UInt8](repeating: UInt8(ascii: "a"), count: input.choice(commandLines))
    let file = input.remainder()
    var image: BootImage
    do throws(ImageError) {
      image = try BootImage(file, forcing: forced)
      // Multiboot alone takes modules, Linux's protocols an initial RAM disk.
      if image.bootProtocol == .multiboot { image.modules = [BootModule(file), BootModule([])] }
      if file.count % 2 == 1, [.pvh, .linux].contains(image.bootProtocol) {
        try image.attachRAMDisk(file)
      }
      _ = try image.load(into: memory, commandLine: commandLine)
    } catch {
      return try promise(!"\(error)".isEmpty, "a refusal without a reason")
    }
    let reads = try image.timeStampReads(upTo: 100)
    try promise(reads.count <= min(100, file.count), "more RDTSC than bytes or than asked for")
    try check(image.bootProtocol, of: file, in: memory)
  }

  /// RAM holds what the file says, by a second reading of the file that knows nothing of the first.
  private static func check(
    _ bootProtocol: BootProtocol, of file: [UInt8], in memory: borrowing GuestMemory
  ) throws {
    guard bootProtocol != .real else {
      let loaded = memory.bytes(at: UInt64(LowMemory.bootSector), count: file.count)
      return try promise(loaded == file, "a flat binary is not where it belongs")
    }
    guard bootProtocol != .linux else {
      let offset = (Int(file[0x1f1] == 0 ? 4 : file[0x1f1]) + 1) * 512
      let size = Int(file.number(UInt32.self, at: 0x1f4) ?? 0) * 16
      let address = file.number(UInt64.self, at: 0x258) ?? 0
      return try promise(
        memory.bytes(at: address, count: size) == Array(file[offset..<offset + size]),
        "a kernel is not where it belongs")
    }
    let segments = try ImageSegment.all(of: file).sorted { $0.address < $1.address }
    try promise(!segments.isEmpty, "an image of nothing is accepted")
    for segment in segments {
      let end = UInt128(segment.address) + UInt128(segment.memorySize)
      try promise(
        segment.address >= UInt64(LowMemory.end) && end <= UInt128(memory.size),
        "a segment outside RAM is accepted")
      try promise(segment.contents.count <= segment.memorySize, "more in the file than in memory")
      try promise(
        memory.bytes(at: segment.address, count: segment.contents.count)
          == Array(file[segment.contents]),
        "a segment is not where it belongs")
    }
    for (lower, upper) in zip(segments, segments.dropFirst()) {
      try promise(
        upper.address - lower.address >= lower.memorySize, "segments that overlap are accepted")
    }
  }

  static func seeds() -> [[UInt8]] {
    // The start of a guest's ELF file has its headers; code is not a matter of this target.
    let guests = ["hello", "gtick", "smp-hello", "multiboot"].compactMap(BuiltInGuest.named).map(
      \.file)
    let files =
      guests + [
        ImageFile(is64Bit: true).bytes, ImageFile(is64Bit: false).bytes, linux,
        [0xeb, 0xfe, 0x0f, 0x31],
      ]
    return files.flatMap { file in (0..<6).map { [$0, $0, $0] + file } }
  }

  /// A bzImage of 2 KiB.
  private static var linux: [UInt8] {
    var file = [UInt8](repeating: 0, count: 0x800)
    for (offset, bytes) in [
      (0, [0x4d, 0x5a]), (0x1f1, [1]), (0x1f4, [0x40]), (0x1fe, [0x55, 0xaa, 0xeb, 0x6a]),
      (0x202, Array("HdrS".utf8)), (0x206, [0x0f, 2]), (0x211, [1]),
      (0x22c, [0xff, 0xff, 0xff, 0x7f]),
      (0x236, [1]), (0x239, [8]), (0x25a, [0x10]),
    ] as [(Int, [UInt8])] { file.replaceSubrange(offset..<offset + bytes.count, with: bytes) }
    return file
  }

  static var largeInputs: [LargeInput] {
    // With the largest RAM: then it is the file alone that can be too large.
    func image(_ file: ImageFile) -> [UInt8] { [0, 3, 0] + file.bytes }
    return [
      // 16 MiB of RAM: as much as RAM has may be copied, but this process has a limit.
      LargeInput("segments-that-share-bytes") {
        image(ImageFile(is64Bit: true, segments: 4096, shared: 1 << 12))
      },
      LargeInput("65535-segments-that-share-4-MiB") {
        image(ImageFile(is64Bit: true, segments: 65535, shared: 4 << 20))
      },
      LargeInput("65534-segments-of-16-bytes") {
        image(ImageFile(is64Bit: true, segments: 65534, stride: 64, shared: 16))
      },
      LargeInput("65535-segments-32-bit") {
        image(ImageFile(is64Bit: false, segments: 65535, shared: 1 << 20))
      },
      LargeInput("1000-note-segments-of-768-KiB") {
        image(ImageFile(is64Bit: true, notes: 1000, shared: 12 << 16))
      },
      LargeInput("65534-note-segments-of-3-MiB") {
        image(ImageFile(is64Bit: true, notes: 65534, shared: 12 << 18))
      },
      LargeInput("one-note-segment-of-6-MiB") {
        image(ImageFile(is64Bit: true, notes: 1, shared: 12 << 19))
      },
      LargeInput("flat-of-16-MiB") { [0, 3, 0] + [UInt8](repeating: 0, count: 16 << 20) },
      LargeInput("one-segment-of-16-MiB") {
        image(ImageFile(is64Bit: true, segments: 1, stride: 0, shared: 16 << 20))
      },
    ]
  }
}
