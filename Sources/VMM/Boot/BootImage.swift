internal import GuestImages
internal import KVM

/// How a guest is entered.
public enum BootProtocol: String, CaseIterable, Hashable, Sendable {
  /// The PVH entry of an ELF file with a Xen note: 32-bit protected mode, EBX = hvm_start_info.
  case pvh
  /// The ELF entry point in long mode on identity page tables, RDI = hvm_start_info.
  case long
  /// A flat binary at 0x7c00 in real mode, as a PC's firmware starts a boot sector.
  case real
}

/// A guest image, checked and ready to be loaded.
///
/// Every number in an image is hostile until it has been compared with the file's size and with
/// RAM's; nothing here forms a sum that could wrap.
public struct BootImage: Hashable, Sendable {
  /// A range of guest memory and what it starts with; the rest is zero.
  struct Segment: Hashable, Sendable {
    let address: UInt64
    let bytes: [UInt8]
    let memorySize: UInt64
  }

  /// How the guest is entered.
  public let bootProtocol: BootProtocol
  let entry: UInt64
  let segments: [Segment]

  /// The largest file that is looked at: RAM's limit.
  public static let fileSizeMax = Int(PLATFORM_RAM_LIMIT)

  /// Recognises and checks an image.
  ///
  /// An ELF file is entered by its PVH note, or in long mode if it has none; anything else is a flat
  /// binary.
  ///
  /// - Parameters:
  ///   - file: The image file's contents.
  ///   - forced: The boot protocol to use whatever the file looks like.
  /// - Throws: ``ImageError`` with what is wrong and where.
  public init(_ file: [UInt8], forcing forced: BootProtocol? = nil) throws(ImageError) {
    guard !file.isEmpty else { throw .empty }
    if forced == .real {
      try self.init(flat: file)
    } else if ELFFile.isLikely(file) {
      try self.init(ELFFile(file), forcing: forced)
    } else if forced == nil {
      try self.init(flat: file)
    } else {
      throw .notELF
    }
  }

  private init(flat file: [UInt8]) throws(ImageError) {
    guard file.count <= LowMemory.stackTop - LowMemory.bootSector else {
      throw .flatTooLarge(file.count)
    }
    bootProtocol = .real
    entry = UInt64(LowMemory.bootSector)
    segments = [
      Segment(address: entry, bytes: file, memorySize: UInt64(file.count))
    ]
  }

  private init(_ elf: ELFFile, forcing forced: BootProtocol?) throws(ImageError) {
    let pvhEntry = forced == .long ? nil : try elf.pvhEntry()
    if forced == .pvh && pvhEntry == nil { throw .noPVHNote }
    guard pvhEntry != nil || elf.is64Bit else { throw .no32BitEntry }
    let headers = try elf.loadableSegments()
    segments = try headers.map { (header) throws(ImageError) in
      Segment(
        address: header.physicalAddress, bytes: try elf.contents(of: header),
        memorySize: header.memorySize)
    }
    if let pvhEntry {
      bootProtocol = .pvh
      entry = UInt64(pvhEntry)
    } else {
      bootProtocol = .long
      entry = try elf.physicalEntry(in: headers)
    }
    guard segments.contains(where: { entry >= $0.address && entry - $0.address < $0.memorySize })
    else { throw .entryOutside(entry) }
    try Self.checkOverlaps(segments)
  }

  /// Where the image has the bytes of RDTSC (0f 31) or RDTSCP (0f 01 f9), guest-physical.
  ///
  /// A guest that executes one reads the processor's time, which no exit tells of. Some of these may
  /// be data.
  public var timeStampReads: [UInt64] {
    segments.flatMap { segment in
      segment.bytes.indices.filter { index in
        let bytes = segment.bytes[index...].prefix(3)
        return bytes.starts(with: [0x0f, 0x31]) || bytes.elementsEqual([0x0f, 0x01, 0xf9])
      }.map { segment.address + UInt64($0) }
    }
  }

  private static func checkOverlaps(_ segments: [Segment]) throws(ImageError) {
    let sorted = segments.sorted { $0.address < $1.address }
    for (lower, upper) in zip(sorted, sorted.dropFirst())
    where upper.address - lower.address < lower.memorySize {
      throw .overlapping(lower.address, upper.address)
    }
  }

  /// Puts the image and what its boot protocol needs into RAM.
  ///
  /// - Parameters:
  ///   - memory: The RAM, zero.
  ///   - commandLine: What the guest is told, without a terminating 0.
  /// - Returns: The registers that vCPU 0 begins with.
  /// - Throws: ``ImageError`` where something does not fit; no guest may run then.
  func load(
    into memory: borrowing GuestMemory, commandLine: [UInt8]
  ) throws(ImageError) -> StartState {
    for segment in segments {
      if bootProtocol != .real && segment.address < UInt64(LowMemory.end) {
        throw .inLowMemory(segment.address)
      }
      let ramSize = UInt64(memory.size)
      guard segment.address <= ramSize, segment.memorySize <= ramSize - segment.address,
        memory.write(segment.bytes, at: segment.address)
      else { throw .outsideRAM(segment.address, size: segment.memorySize, ramSize: ramSize) }
    }
    switch bootProtocol {
    case .real:
      guard commandLine.isEmpty else { throw .noCommandLine }
      return .real(entry: UInt16(LowMemory.bootSector))
    case .pvh:
      try writeStartInfo(into: memory, commandLine: commandLine)
      return .protected(
        entry: UInt32(truncatingIfNeeded: entry), startInfo: UInt32(LowMemory.startInfo))
    case .long:
      try writeStartInfo(into: memory, commandLine: commandLine)
      write(LowMemory.pageTableBytes, at: LowMemory.pageTables, into: memory)
      return .long(entry: entry, startInfo: UInt64(LowMemory.startInfo))
    }
  }

  private func writeStartInfo(
    into memory: borrowing GuestMemory, commandLine: [UInt8]
  ) throws(ImageError) {
    guard commandLine.count <= LowMemory.commandLineCapacity else {
      throw .commandLineTooLong(commandLine.count)
    }
    let info = LowMemory.startInfoBytes(memorySize: memory.size)
    write(LowMemory.descriptorTableBytes, at: LowMemory.descriptorTable, into: memory)
    write(info.startInfo, at: LowMemory.startInfo, into: memory)
    write(info.memoryMap, at: LowMemory.memoryMap, into: memory)
    write(commandLine + [0], at: LowMemory.commandLine, into: memory)
  }

  private func write(_ bytes: [UInt8], at address: Int, into memory: borrowing GuestMemory) {
    // The smallest RAM is larger than low memory.
    precondition(memory.write(bytes, at: UInt64(address)), "low memory is RAM")
  }
}
