internal import GuestImages
internal import KVM
public import LinuxHost

/// How a guest is entered.
public enum BootProtocol: String, CaseIterable, Hashable, Sendable {
  /// The PVH entry of an ELF file with a Xen note: 32-bit protected mode, EBX = hvm_start_info.
  case pvh
  /// The ELF entry point in long mode on identity page tables, RDI = hvm_start_info.
  case long
  /// The entry of an ELF file of 32 bits with a Multiboot 1 header: 32-bit protected mode, EBX = Multiboot's
  /// information.
  case multiboot
  /// A flat binary at 0x7c00 in real mode, as a PC's firmware starts a boot sector.
  case real
  /// The 64-bit entry of a Linux bzImage: long mode, RSI = boot_params.
  case linux
}

/// A guest image, checked and ready to be loaded.
///
/// Every number in an image is hostile until it has been compared with the file's size and with
/// RAM's; nothing here forms a sum that could wrap. No segment is copied before all of them are known to
/// fit into RAM, and not to overlap: so they take no more than RAM has.
public struct BootImage: Sendable {
  /// A range of guest memory and what it starts with; the rest is zero.
  struct Segment: Hashable, Sendable {
    let address: UInt64
    /// Where the image has the bytes.
    let fileRange: Range<UInt64>
    let memorySize: UInt64
  }

  /// How the guest is entered.
  public let bootProtocol: BootProtocol
  /// Why the file may have meant another boot protocol than the one that it gets, as a line for its user;
  /// usually nil.
  public let remark: String?
  /// Whether it is a Linux kernel: a bzImage, or an ELF file with a PVH entry and a note of Linux's.
  ///
  /// A machine for one has what Linux expects of a PC.
  public let isLinux: Bool
  /// The initial RAM disk, if there is to be one.
  var ramDisk: ImageBytes?
  let entry: UInt64
  let segments: [Segment]
  let file: ImageBytes
  /// A bzImage's.
  let setupHeader: LinuxSetupHeader?
  /// What the guest is given beside the image; Multiboot alone has a way to.
  public var modules: [BootModule] = []

  /// The largest flat binary, in bytes.
  static let flatSizeMax = UInt64(LowMemory.stackTop - LowMemory.bootSector)

  /// Recognises and checks an image.
  ///
  /// An ELF file is entered by its PVH note; without one, in long mode if it has 64 bits, and by Multiboot if
  /// it has 32 and a header for that. A bzImage is entered by its 64-bit entry. Anything else that may be code is a
  /// flat binary.
  ///
  /// - Parameters:
  ///   - file: The image file's contents.
  ///   - forced: The boot protocol to use whatever the file looks like.
  /// - Throws: ``ImageError`` with what is wrong and where.
  public init(_ file: [UInt8], forcing forced: BootProtocol? = nil) throws(ImageError) {
    try self.init(.memory(file), forcing: forced)
  }

  /// Recognises and checks an image in a file, of which nothing is read but headers and notes.
  ///
  /// - Parameters:
  ///   - file: The file; it stays open as long as the image is there.
  ///   - forced: The boot protocol to use whatever the file looks like.
  /// - Throws: ``ImageError`` with what is wrong and where.
  public init(
    reading file: consuming RegularFile, forcing forced: BootProtocol? = nil
  ) throws(ImageError) {
    try self.init(.file(ImageBytes.OpenFile(file)), forcing: forced)
  }

  private init(_ file: ImageBytes, forcing forced: BootProtocol?) throws(ImageError) {
    guard file.count > 0 else { throw .empty }
    guard try !CheckpointHeader.isLikely(file) else { throw .checkpoint }
    if forced == .real {
      guard try !ELFFile.isLikely(file) else { throw .notFlat }
      try self.init(flat: file)
    } else if forced == .linux {
      try self.init(linux: file)
    } else if try ELFFile.isLikely(file) {
      try self.init(ELFFile(file), forcing: forced)
    } else if forced == nil {
      if try LinuxSetupHeader.isLikely(file) {
        try self.init(linux: file)
      } else if try LinuxSetupHeader.isProgram(file) {
        throw .notLinux
      } else if let kind = try MistakenFile.kind(of: file) {
        throw .notCode(kind)
      } else {
        try self.init(flat: file)
      }
    } else {
      throw .notELF
    }
  }

  private init(flat file: ImageBytes) throws(ImageError) {
    guard file.count <= Self.flatSizeMax else { throw .flatTooLarge(file.count) }
    self.file = file
    bootProtocol = .real
    remark = nil
    isLinux = false
    setupHeader = nil
    entry = UInt64(LowMemory.bootSector)
    segments = [Segment(address: entry, fileRange: 0..<file.count, memorySize: file.count)]
  }

  private init(linux file: ImageBytes) throws(ImageError) {
    let header = try LinuxSetupHeader(file)
    self.file = file
    bootProtocol = .linux
    remark = nil
    isLinux = true
    setupHeader = header
    entry = header.loadAddress + LinuxSetupHeader.entryOffset
    segments = [
      Segment(
        address: header.loadAddress, fileRange: header.payload, memorySize: header.memorySize)
    ]
  }

  private init(_ elf: ELFFile, forcing forced: BootProtocol?) throws(ImageError) {
    let note = forced == .long || forced == .multiboot ? PVHNote() : try elf.pvhNote()
    let isMultiboot = note.entry != nil ? false : try Self.isMultiboot(elf, forcing: forced)
    if note.entry == nil && !isMultiboot && (forced == .pvh || !elf.is64Bit) {
      if let doubt = note.doubt { throw .badNote("\(doubt), and none that is read is PVH's") }
      throw forced == .pvh ? .noPVHNote : .no32BitEntry
    }
    let headers = try elf.loadableSegments()
    file = elf.file
    setupHeader = nil
    isLinux = note.entry != nil && note.isLinux
    segments = try headers.map { (header) throws(ImageError) in
      Segment(
        address: header.physicalAddress, fileRange: try elf.fileRange(of: header),
        memorySize: header.memorySize)
    }
    if let pvhEntry = note.entry {
      bootProtocol = .pvh
      entry = UInt64(pvhEntry)
      remark = nil
    } else if isMultiboot {
      bootProtocol = .multiboot
      entry = try elf.multibootEntry(in: headers)
      remark = nil
    } else {
      bootProtocol = .long
      entry = try elf.physicalEntry(in: headers)
      remark = note.doubt.map {
        "\($0): no PVH note, so it is entered in long mode (--boot forces the way)"
      }
    }
    guard segments.contains(where: { entry >= $0.address && entry - $0.address < $0.memorySize })
    else { throw .entryOutside(entry) }
    try Self.checkOverlaps(segments)
  }

  /// Whether a file without a PVH note is entered by Multiboot.
  ///
  /// - Throws: ``ImageError`` where it is meant to be, by `forced` or by its header, and cannot.
  private static func isMultiboot(
    _ elf: ELFFile, forcing forced: BootProtocol?
  ) throws(ImageError) -> Bool {
    guard forced == .multiboot || (forced == nil && !elf.is64Bit) else { return false }
    if elf.is64Bit { throw .badMultiboot("an ELF file of 64 bits; version 1 takes those of 32") }
    switch try elf.multibootHeader() {
    case .usable: return true
    case .unusable(let doubt): throw .badMultiboot(doubt)
    case .none:
      if forced == .multiboot { throw .noMultibootHeader }
      return false
    }
  }

  /// Where the image has the bytes of RDTSC (0f 31) or RDTSCP (0f 01 f9), guest-physical.
  ///
  /// A guest that executes one reads the processor's time, which no exit shows. Some of these may
  /// be data.
  ///
  /// - Parameter limit: The most places to look for.
  /// - Returns: Their addresses, the first ones of each segment in turn.
  /// - Throws: ``ImageError/unreadable(_:)``.
  public func timeStampReads(upTo limit: Int) throws(ImageError) -> [UInt64] {
    let pieceSize = UInt64(1 << 20)
    var places: [UInt64] = []
    for segment in segments {
      let range = segment.fileRange
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Int(pieceSize)) {
        // Two bytes more than a piece, for what begins at its end.
        let piece = try file.bytes(in: start..<min(range.upperBound, start + pieceSize + 2))
        for (index, byte) in piece.prefix(Int(pieceSize)).enumerated() where byte == 0x0f {
          let bytes = piece[index...].prefix(3)
          guard bytes.starts(with: [0x0f, 0x31]) || bytes.elementsEqual([0x0f, 0x01, 0xf9]) else {
            continue
          }
          guard places.count < limit else { return places }
          places.append(segment.address + (start - range.lowerBound) + UInt64(index))
        }
      }
    }
    return places
  }

  /// What the image has of a segment.
  ///
  /// - Throws: ``ImageError/unreadable(_:)``.
  func bytes(of segment: Segment) throws(ImageError) -> [UInt8] {
    try file.bytes(in: segment.fileRange)
  }

  private static func checkOverlaps(_ segments: [Segment]) throws(ImageError) {
    let sorted = segments.sorted { $0.address < $1.address }
    for (lower, upper) in zip(sorted, sorted.dropFirst())
    where upper.address - lower.address < lower.memorySize {
      throw .overlapping(lower.address, upper.address)
    }
  }

  /// Checks that RAM has room for all segments, and low memory for what the guest is told.
  ///
  /// - Parameters:
  ///   - ramSize: RAM, in bytes.
  ///   - commandLine: What the guest is told, without a terminating 0.
  /// - Throws: ``ImageError`` with what does not fit.
  public func check(ramSize: Int, commandLine: [UInt8]) throws(ImageError) {
    let ramSize = UInt64(ramSize)
    let lowest =
      isLinux ? PCMemory.reserved.upperBound : bootProtocol == .real ? 0 : UInt64(LowMemory.end)
    for segment in segments {
      guard segment.address >= lowest else { throw .inLowMemory(segment.address, below: lowest) }
      guard segment.address <= ramSize, segment.memorySize <= ramSize - segment.address else {
        throw .outsideRAM(segment.address, size: segment.memorySize, ramSize: ramSize)
      }
    }
    if bootProtocol == .multiboot {
      _ = try multibootLayout(ramSize: ramSize)
    } else if !modules.isEmpty {
      throw .noModules
    }
    guard bootProtocol != .real || commandLine.isEmpty else { throw .noCommandLine }
    let capacity = min(
      LowMemory.commandLineCapacity, setupHeader?.commandLineCapacity ?? .max)
    guard commandLine.count <= capacity else {
      throw .commandLineTooLong(commandLine.count, capacity: capacity)
    }
    _ = try ramDiskRange(ramSize: ramSize)
  }

  /// Puts the image and what its boot protocol needs into RAM.
  ///
  /// - Parameters:
  ///   - memory: The RAM, zero.
  ///   - commandLine: What the guest is told, without a terminating 0.
  ///   - cpus: The number of vCPUs, of which Linux is told.
  /// - Returns: The registers that vCPU 0 begins with.
  /// - Throws: ``ImageError`` where something does not fit, before anything is copied, or cannot be read;
  ///   no guest may run then.
  func load(
    into memory: borrowing GuestMemory, commandLine: [UInt8], cpus: Int = 1
  ) throws(ImageError) -> StartState {
    try check(ramSize: memory.size, commandLine: commandLine)
    for segment in segments {
      try file.copy(segment.fileRange, into: memory, at: segment.address)
    }
    let ramDisk = try loadRAMDisk(into: memory)
    let tables = isLinux ? try ACPITables(cpus: cpus, in: PCMemory.tables) : nil
    if let tables { write(tables.bytes, at: Int(tables.address), into: memory) }
    switch bootProtocol {
    case .real:
      return .real(entry: UInt16(LowMemory.bootSector))
    case .pvh:
      let info = StartInfo(
        memoryMap: memoryMap(ramSize: memory.size), ramDisk: ramDisk,
        rootPointer: tables?.address ?? 0)
      writeStartInfo(info, into: memory, commandLine: commandLine)
      return .protected(
        entry: UInt32(truncatingIfNeeded: entry), startInfo: UInt32(LowMemory.startInfo))
    case .multiboot:
      try loadMultiboot(into: memory, commandLine: commandLine)
      return .multiboot(
        entry: UInt32(truncatingIfNeeded: entry), information: UInt32(LowMemory.startInfo))
    case .long:
      let info = StartInfo(memoryMap: memoryMap(ramSize: memory.size))
      writeStartInfo(info, into: memory, commandLine: commandLine)
      write(LowMemory.pageTableBytes, at: LowMemory.pageTables, into: memory)
      return .long(entry: entry, startInfo: UInt64(LowMemory.startInfo))
    case .linux:
      writeBootParameters(into: memory, commandLine, ramDisk, rootPointer: tables?.address ?? 0)
      return .linux(entry: entry, bootParameters: UInt64(PCMemory.bootParameters))
    }
  }

  private func writeStartInfo(
    _ info: StartInfo, into memory: borrowing GuestMemory, commandLine: [UInt8]
  ) {
    write(LowMemory.descriptorTableBytes, at: LowMemory.descriptorTable, into: memory)
    write(info.bytes, at: LowMemory.startInfo, into: memory)
    write(info.tableBytes, at: LowMemory.memoryMap, into: memory)
    write(commandLine + [0], at: LowMemory.commandLine, into: memory)
  }

  /// Assumes: the segments lie inside RAM.
  private func multibootLayout(ramSize: UInt64) throws(ImageError) -> MultibootLayout {
    let end = segments.reduce(0) { max($0, $1.address + $1.memorySize) }
    return try MultibootLayout(modules, behind: end, ramSize: ramSize)
  }

  private func loadMultiboot(
    into memory: borrowing GuestMemory, commandLine: [UInt8]
  ) throws(ImageError) {
    let layout = try multibootLayout(ramSize: UInt64(memory.size))
    for (module, place) in zip(modules, layout.modules) {
      try module.bytes.copy(0..<module.bytes.count, into: memory, at: place.lowerBound)
    }
    let (information, memoryMap) = layout.informationBytes(memorySize: memory.size)
    write(LowMemory.interruptVectorBytes, at: 0, into: memory)
    write(LowMemory.descriptorTableBytes, at: LowMemory.descriptorTable, into: memory)
    write(information, at: LowMemory.startInfo, into: memory)
    write(memoryMap, at: LowMemory.memoryMap, into: memory)
    write([UInt8]("swvmm".utf8) + [0], at: LowMemory.loaderName, into: memory)
    write(commandLine + [0], at: LowMemory.commandLine, into: memory)
    write(layout.tableBytes, at: Int(layout.table), into: memory)
  }

  func write(_ bytes: [UInt8], at address: Int, into memory: borrowing GuestMemory) {
    // The smallest RAM is larger than low memory, and a layout lies inside RAM.
    precondition(memory.write(bytes, at: UInt64(address)), "what is written fits into RAM")
  }
}
