/// A bzImage, field by field, that tests can spoil.
struct TinyLinux {
  var setupSectors: UInt8 = 1
  var bootFlag: UInt16 = 0xaa55
  var headerSize: UInt8 = 0x6a
  var magic: UInt32 = 0x5372_6448  // HdrS
  var version: UInt16 = 0x20f
  var loadFlags: UInt8 = 1
  var ramDiskAddressMax: UInt32 = 0x7fff_ffff
  var extendedLoadFlags: UInt16 = 1
  var commandLineSize: UInt32 = 2047
  var loadAddress: UInt64 = 0x20_0000
  var initialSize: UInt32 = 0x10_0000
  /// In paragraphs of 16 bytes; nil: as much as there is.
  var payloadSize: UInt32?
  var payload = [UInt8](repeating: 0x90, count: 0x400)

  var bytes: [UInt8] {
    let sectors = setupSectors == 0 ? 4 : Int(setupSectors)
    var file = [UInt8](repeating: 0, count: (sectors + 1) * 512)
    file.replaceSubrange(0..<2, with: "MZ".utf8)
    func put<Number: FixedWidthInteger>(_ number: Number, _ offset: Int) {
      for byte in 0..<Number.bitWidth / 8 {
        file[offset + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte))
      }
    }
    put(setupSectors, 0x1f1)
    put(payloadSize ?? UInt32(payload.count / 16), 0x1f4)
    put(bootFlag, 0x1fe)
    put(UInt8(0xeb), 0x200)
    put(headerSize, 0x201)
    put(magic, 0x202)
    put(version, 0x206)
    put(loadFlags, 0x211)
    put(ramDiskAddressMax, 0x22c)
    put(extendedLoadFlags, 0x236)
    put(commandLineSize, 0x238)
    put(loadAddress, 0x258)
    put(initialSize, 0x260)
    return file + payload
  }
}
