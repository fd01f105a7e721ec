/// `struct boot_params`, the page by which Linux's 64-bit entry is told of the machine.
///
/// Offsets are those of Linux's Documentation/arch/x86/zero-page.rst.
struct LinuxBootParameters: Hashable {
  var header: LinuxSetupHeader
  var commandLineAddress: UInt32
  var ramDisk: Range<UInt64>?
  var memoryMap: [PCMemory.MapEntry]
  /// The ACPI root pointer's address.
  var rootPointer: UInt64

  private enum Field {
    static let rootPointer = 0x70
    static let memoryMapCount = 0x1e8
    static let loaderType = 0x210
    static let ramDiskAddress = 0x218
    static let ramDiskSize = 0x21c
    static let commandLineAddress = 0x228
    static let memoryMap = 0x2d0
  }

  /// The page.
  var bytes: [UInt8] {
    var page = [UInt8](repeating: 0, count: 4096)
    let start = LinuxSetupHeader.start
    page.replaceSubrange(start..<start + header.bytes.count, with: header.bytes)
    page.put(rootPointer, at: Field.rootPointer)
    page[Field.loaderType] = 0xff  // a boot loader that has no number
    // RAM ends below 4 GiB, so the fields for upper halves stay 0.
    page.put(UInt32(truncatingIfNeeded: ramDisk?.lowerBound ?? 0), at: Field.ramDiskAddress)
    page.put(UInt32(truncatingIfNeeded: ramDisk?.count ?? 0), at: Field.ramDiskSize)
    page.put(commandLineAddress, at: Field.commandLineAddress)
    page[Field.memoryMapCount] = UInt8(memoryMap.count)
    for (index, entry) in memoryMap.enumerated() {
      let at = Field.memoryMap + 20 * index
      page.put(entry.range.lowerBound, at: at)
      page.put(UInt64(entry.range.count), at: at + 8)
      page.put(entry.type, at: at + 16)
    }
    return page
  }
}
