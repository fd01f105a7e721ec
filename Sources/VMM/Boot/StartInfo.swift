/// `hvm_start_info` of the PVH boot protocol, version 1, with its memory map and its modules.
struct StartInfo: Hashable {
  var memoryMap: [PCMemory.MapEntry]
  /// The one module, where there is one.
  var ramDisk: Range<UInt64>?
  /// The ACPI root pointer's address; 0 without one.
  var rootPointer: UInt64 = 0

  private static let magic: UInt64 = 0x336e_c578
  private static let version: UInt64 = 1
  private static let mapEntrySize = 24

  /// The structure itself, for ``LowMemory/startInfo``.
  var bytes: [UInt8] {
    LowMemory.bytes(of: [
      Self.magic | Self.version << 32,
      UInt64(ramDisk == nil ? 0 : 1) << 32,  // flags, number of modules
      ramDisk == nil ? 0 : UInt64(modulesAddress),
      UInt64(LowMemory.commandLine),
      rootPointer,
      UInt64(LowMemory.memoryMap),
      UInt64(memoryMap.count),
    ])
  }

  /// The map, and behind it the list of modules, for ``LowMemory/memoryMap``.
  var tableBytes: [UInt8] {
    var words: [UInt64] = []
    for entry in memoryMap {
      words += [entry.range.lowerBound, UInt64(entry.range.count), UInt64(entry.type)]
    }
    if let ramDisk { words += [ramDisk.lowerBound, UInt64(ramDisk.count), 0, 0] }
    let bytes = LowMemory.bytes(of: words)
    precondition(bytes.count <= LowMemory.commandLine - LowMemory.memoryMap)
    return bytes
  }

  private var modulesAddress: Int { LowMemory.memoryMap + Self.mapEntrySize * memoryMap.count }
}
