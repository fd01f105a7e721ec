/// Where a guest that is booted as Linux finds what a PC's firmware leaves below 1 MiB.
///
/// Beside it lies what every boot protocol puts there (``LowMemory``).
enum PCMemory {
  /// `struct boot_params` of Linux's boot protocol.
  static let bootParameters = 0x8000
  /// What is not RAM to the guest: a PC has its display and its firmware there.
  static let reserved: Range<UInt64> = 0xa0000..<0x10_0000
  /// The ACPI tables, where firmware has them.
  static let tables: Range<UInt64> = 0xe0000..<0x10_0000

  /// A range of the memory map as E820 and PVH tell it; 1 is RAM, 2 is reserved.
  struct MapEntry: Hashable {
    let range: Range<UInt64>
    let type: UInt32
  }

  /// The memory map.
  ///
  /// - Parameter ramSize: RAM, in bytes; at least 1 MiB.
  /// - Returns: Its entries, in order.
  static func map(ramSize: UInt64) -> [MapEntry] {
    [
      MapEntry(range: 0..<reserved.lowerBound, type: 1), MapEntry(range: reserved, type: 2),
      MapEntry(range: reserved.upperBound..<ramSize, type: 1),
    ]
  }

  /// Where an initial RAM disk goes: as high as it may, on its own page, behind the kernel.
  ///
  /// *Why high:* a kernel that unpacks itself, or grows, takes what follows it.
  ///
  /// - Parameters:
  ///   - size: Its bytes.
  ///   - kernelEnd: The first address behind the kernel.
  ///   - limit: The first address that it may not reach.
  /// - Returns: Its address.
  /// - Throws: ``ImageError/noRoomForRAMDisk(size:room:)``.
  static func ramDiskAddress(
    size: UInt64, behind kernelEnd: UInt64, below limit: UInt64
  ) throws(ImageError) -> UInt64 {
    let page: UInt64 = 0x1000
    // Kernels end inside RAM, far from where this could wrap.
    let start = (max(kernelEnd, reserved.upperBound) + page - 1) & ~(page - 1)
    let room = limit > start ? limit - start : 0
    guard size <= room else { throw .noRoomForRAMDisk(size: size, room: room) }
    return (limit - size) & ~(page - 1)
  }
}
