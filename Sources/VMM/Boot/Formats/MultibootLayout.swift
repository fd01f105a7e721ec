/// Where Multiboot's modules are in RAM: behind the image, each on its own page, then their table
/// and their names.
///
/// *Guarantee:* all of it lies inside RAM, which ends below 4 GiB, and behind every segment.
struct MultibootLayout {
  /// Each module's first address and the one behind its last.
  private(set) var modules: [Range<UInt64>] = []
  /// The table's address.
  private(set) var table: UInt64 = 0
  /// The table, with the names behind it.
  private(set) var tableBytes: [UInt8] = []

  /// Finds room.
  ///
  /// - Parameters:
  ///   - modules: The modules.
  ///   - imageEnd: The address behind the image's last byte, at most `ramSize`.
  ///   - ramSize: RAM, in bytes.
  /// - Throws: ``ImageError/tooManyModules(_:)`` or ``ImageError/modulesOutsideRAM(_:ramSize:)``.
  init(
    _ modules: [BootModule], behind imageEnd: UInt64, ramSize: UInt64
  ) throws(ImageError) {
    guard modules.count <= BootModule.countMax else { throw .tooManyModules(modules.count) }
    // Nothing wraps: every address is compared with RAM's end before it grows, by less than that.
    var end = imageEnd
    for (number, module) in modules.enumerated() {
      end = (end + 0xfff) & ~0xfff
      guard end <= ramSize, module.bytes.count <= ramSize - end else {
        throw .modulesOutsideRAM(number + 1, ramSize: ramSize)
      }
      self.modules.append(end..<end + module.bytes.count)
      end += module.bytes.count
    }
    guard !modules.isEmpty else { return }
    table = (end + 7) & ~7
    tableBytes = Self.tableBytes(self.modules, names: modules.map(\.name), at: table)
    guard table <= ramSize, UInt64(tableBytes.count) <= ramSize - table else {
      throw .modulesOutsideRAM(modules.count, ramSize: ramSize)
    }
  }

  /// Entries of 16 bytes, the names as C strings behind them.
  private static func tableBytes(
    _ modules: [Range<UInt64>], names: [[UInt8]], at address: UInt64
  ) -> [UInt8] {
    var names = names[...]
    var (entries, strings): ([UInt32], [UInt8]) = ([], [])
    for module in modules {
      let string = address + UInt64(16 * modules.count + strings.count)
      entries += [module.lowerBound, module.upperBound, string, 0].map {
        UInt32(truncatingIfNeeded: $0)
      }
      strings += (names.popFirst() ?? []) + [0]
    }
    return LowMemory.bytes(of: entries) + strings
  }

  /// What the guest finds at EBX, with the memory map.
  ///
  /// - Parameter memorySize: RAM, in bytes, at least 1 MiB.
  /// - Returns: The information, and the map that it points to.
  func informationBytes(memorySize: Int) -> (information: [UInt8], memoryMap: [UInt8]) {
    let hasModules = !modules.isEmpty
    // Memory's size, command line, memory map, loader's name; modules.
    let flags: UInt32 = 1 << 0 | 1 << 2 | 1 << 6 | 1 << 9 | (hasModules ? 1 << 3 : 0)
    var information = [UInt32](repeating: 0, count: 29)
    information[0] = flags
    information[1] = 640  // KiB from 0
    information[2] = UInt32(memorySize >> 10) - 1024  // KiB from 1 MiB
    information[4] = UInt32(LowMemory.commandLine)
    information[5] = UInt32(modules.count)
    information[6] = UInt32(truncatingIfNeeded: table)
    information[11] = 24  // bytes of the map
    information[12] = UInt32(LowMemory.memoryMap)
    information[16] = UInt32(LowMemory.loaderName)
    let memoryMap: [UInt32] = [20, 0, 0, UInt32(memorySize), 0, 1]  // from 0, the size, type RAM
    return (LowMemory.bytes(of: information), LowMemory.bytes(of: memoryMap))
  }
}
