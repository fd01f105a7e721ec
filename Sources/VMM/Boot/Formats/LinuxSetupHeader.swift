/// The setup header of a Linux bzImage, as much of it as the 64-bit entry needs.
///
/// Offsets and names are those of Linux's Documentation/arch/x86/boot.rst. Every field is checked
/// before it is used, and the payload's range against the file.
struct LinuxSetupHeader: Hashable {
  /// Where the kernel is entered in long mode, from where it is loaded.
  static let entryOffset: UInt64 = 0x200
  /// The first byte of the header in the file and in `boot_params`.
  static let start = 0x1f1
  /// The room that `boot_params` has for it: up to this byte.
  static let limit = 0x290

  /// The file's bytes from ``start`` on.
  let bytes: [UInt8]
  /// Where the file has the part that runs in protected mode.
  let payload: Range<UInt64>
  /// Where that wants to be.
  let loadAddress: UInt64
  /// What it needs there before it has found out about memory.
  let memorySize: UInt64
  /// The longest command line that the kernel takes, in bytes without its terminating 0.
  let commandLineCapacity: Int
  /// The highest address that a byte of the initial RAM disk may have.
  let ramDiskAddressMax: UInt64

  private enum Field {
    static let setupSectors = 0x1f1
    static let payloadSize = 0x1f4
    static let bootFlag = 0x1fe
    static let headerSize = 0x201
    static let magic = 0x202
    static let version = 0x206
    static let loadFlags = 0x211
    static let ramDiskAddressMax = 0x22c
    static let extendedLoadFlags = 0x236
    static let commandLineSize = 0x238
    static let preferredAddress = 0x258
    static let initialSize = 0x260
    static let end = 0x264
  }

  private static let magic = Array("HdrS".utf8)
  private static let bootFlag: UInt16 = 0xaa55
  /// 2.12 brought `xloadflags`, by which a kernel says that it has a 64-bit entry.
  private static let versionMin: UInt16 = 0x20c

  /// Whether a file means to be a bzImage: a boot sector with Linux's magic number behind it, or with
  /// as much of that as the file has bytes.
  static func isLikely(_ file: ImageBytes) throws(ImageError) -> Bool {
    let (flag, end) = (UInt64(Field.bootFlag), UInt64(Field.version))
    guard file.count > UInt64(Field.magic) else { return false }
    let bytes = try file.bytes(in: flag..<min(end, file.count))
    return bytes.starts(with: [UInt8(truncatingIfNeeded: bootFlag), UInt8(bootFlag >> 8)])
      && zip(bytes[(Field.magic - Field.bootFlag)...], magic).allSatisfy { $0 == $1 }
  }

  /// Whether a file that is not a bzImage begins as the programs of DOS and EFI do, as a bzImage does, too.
  static func isProgram(_ file: ImageBytes) throws(ImageError) -> Bool {
    let beginning = try file.bytes(in: 0..<min(2, file.count))
    return zip(beginning, "MZ".utf8).allSatisfy { $0 == $1 }
  }

  /// Reads and checks the header.
  ///
  /// - Throws: ``ImageError`` with the first thing that is wrong.
  init(_ file: ImageBytes) throws(ImageError) {
    let what = "Linux's setup header"
    let required = try file.range(of: what, at: 0, count: UInt64(Field.end))
    let reader = FieldReader(try file.bytes(in: required))
    guard reader.u16(Field.bootFlag) == Self.bootFlag,
      Array(reader.bytes[Field.magic..<Field.magic + 4]) == Self.magic
    else { throw .notLinux }
    let version = reader.u16(Field.version)
    guard version >= Self.versionMin else {
      throw .unsupported("a Linux boot protocol older than 2.12 (0x\(String(version, radix: 16)))")
    }
    guard reader.bytes[Field.loadFlags] & 1 != 0 else {
      throw .unsupported("a zImage, which is loaded below 1 MiB; a bzImage is needed")
    }
    guard reader.u16(Field.extendedLoadFlags) & 1 != 0 else {
      throw .unsupported("a Linux kernel without a 64-bit entry (XLF_KERNEL_64)")
    }
    // The jump at byte 0x200 leads behind the header.
    let end = Field.magic + Int(reader.bytes[Field.headerSize])
    guard (Field.end...Self.limit).contains(end) else {
      throw .unsupported(
        "Linux's setup header ends at byte \(end), not \(Field.end) to \(Self.limit)")
    }
    let header = try file.range(of: what, at: UInt64(Self.start), count: UInt64(end - Self.start))
    bytes = try file.bytes(in: header)
    let sectors = reader.bytes[Field.setupSectors]
    let offset = (UInt64(sectors == 0 ? 4 : sectors) + 1) * 512
    // 32 bits times 16: no overflow.
    let size = UInt64(reader.u32(Field.payloadSize)) * 16
    payload = try file.range(of: "the kernel", at: offset, count: size)
    guard size > Self.entryOffset else { throw .nothingToLoad }
    loadAddress = reader.u64(Field.preferredAddress)
    memorySize = max(size, UInt64(reader.u32(Field.initialSize)))
    commandLineCapacity = Int(reader.u32(Field.commandLineSize))
    ramDiskAddressMax = UInt64(reader.u32(Field.ramDiskAddressMax))
    guard !loadAddress.addingReportingOverflow(memorySize).overflow else {
      throw .wrapping(segment: 0)
    }
  }
}
