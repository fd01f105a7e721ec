internal import KVM
public import LinuxHost

/// What Linux is given beside its image.
extension BootImage {
  /// Gives the guest an initial RAM disk.
  ///
  /// - Parameter file: The file; it stays open as long as the image is there.
  /// - Throws: ``ImageError`` where it is empty, or the boot protocol knows none.
  public mutating func attachRAMDisk(reading file: consuming RegularFile) throws(ImageError) {
    try attachRAMDisk(.file(ImageBytes.OpenFile(file)))
  }

  /// Gives the guest an initial RAM disk.
  ///
  /// - Parameter bytes: Its contents.
  /// - Throws: ``ImageError`` where it is empty, or the boot protocol knows none.
  public mutating func attachRAMDisk(_ bytes: [UInt8]) throws(ImageError) {
    try attachRAMDisk(.memory(bytes))
  }

  private mutating func attachRAMDisk(_ bytes: ImageBytes) throws(ImageError) {
    guard bootProtocol == .linux || bootProtocol == .pvh else { throw .noRAMDisk(bootProtocol) }
    guard bytes.count > 0 else { throw .emptyRAMDisk }
    ramDisk = bytes
  }

  /// Where the initial RAM disk goes.
  ///
  /// - Parameter ramSize: RAM, in bytes; the segments are known to lie in it.
  /// - Returns: Its range; nil without one.
  /// - Throws: ``ImageError/noRoomForRAMDisk(size:room:)``.
  func ramDiskRange(ramSize: UInt64) throws(ImageError) -> Range<UInt64>? {
    guard let ramDisk else { return nil }
    // RAM ends far below where these sums could wrap.
    let kernelEnd = segments.reduce(0) { max($0, $1.address + $1.memorySize) }
    let limit = min(ramSize, setupHeader.map { $0.ramDiskAddressMax + 1 } ?? ramSize)
    let start = try PCMemory.ramDiskAddress(
      size: ramDisk.count, behind: kernelEnd, below: limit)
    return start..<start + ramDisk.count
  }

  /// Copies the initial RAM disk.
  ///
  /// - Returns: Where it is; nil without one.
  func loadRAMDisk(into memory: borrowing GuestMemory) throws(ImageError) -> Range<UInt64>? {
    guard let ramDisk, let range = try ramDiskRange(ramSize: UInt64(memory.size)) else {
      return nil
    }
    try ramDisk.copy(0..<ramDisk.count, into: memory, at: range.lowerBound)
    return range
  }

  /// What the guest is told of memory: to a toy all of it is RAM.
  func memoryMap(ramSize: Int) -> [PCMemory.MapEntry] {
    let ramSize = UInt64(ramSize)
    return isLinux
      ? PCMemory.map(ramSize: ramSize) : [PCMemory.MapEntry(range: 0..<ramSize, type: 1)]
  }

  /// Writes what the 64-bit entry wants to find.
  func writeBootParameters(
    into memory: borrowing GuestMemory, _ commandLine: [UInt8], _ ramDisk: Range<UInt64>?,
    rootPointer: UInt64
  ) {
    guard let setupHeader else { preconditionFailure("a bzImage has a setup header") }
    let parameters = LinuxBootParameters(
      header: setupHeader, commandLineAddress: UInt32(LowMemory.commandLine), ramDisk: ramDisk,
      memoryMap: memoryMap(ramSize: memory.size), rootPointer: rootPointer)
    write(parameters.bytes, at: PCMemory.bootParameters, into: memory)
    write(LowMemory.linuxDescriptorTableBytes, at: LowMemory.descriptorTable, into: memory)
    write(LowMemory.pageTableBytes, at: LowMemory.pageTables, into: memory)
    write(commandLine + [0], at: LowMemory.commandLine, into: memory)
  }
}
