/// What is known of an ELF file's Multiboot header.
enum MultibootHeader {
  /// None, and nothing that looks like one.
  case none
  /// One that cannot be used, and why, as a phrase.
  case unusable(String)
  /// One whose wishes are met.
  case usable
}

/// The header by which a file asks for the Multiboot protocol, version 1.
extension ELFFile {
  private static let multibootMagic: UInt32 = 0x1bad_b002
  /// The header lies within the file's first bytes, as many as these.
  private static let multibootReach: UInt64 = 8192

  /// What a header may ask for by bits of its flags, where that is not done here.
  ///
  /// Bit 0, modules on page boundaries, and bit 1, the memory's size, are done for everyone.
  private static func refusedWish(_ flags: UInt32) -> String? {
    let refused = flags & ~0b11
    guard refused != 0 else { return nil }
    let bit = refused.trailingZeroBitCount
    let name =
      switch bit {
      case 2: "a video mode"
      case 16: "custom load addresses in place of ELF's"
      default: "what Multiboot 1 does not define"
      }
    return "the header asks for \(name) (flag bit \(bit))"
  }

  /// Looks for the header: the first one that is whole and has the right checksum counts.
  ///
  /// - Throws: ``ImageError/unreadable(_:)``.
  func multibootHeader() throws(ImageError) -> MultibootHeader {
    let reader = FieldReader(try file.bytes(in: 0..<min(file.count, Self.multibootReach)))
    var doubt: String?
    for offset in stride(from: 0, through: reader.bytes.count - 4, by: 4)
    where reader.u32(offset) == Self.multibootMagic {
      guard reader.bytes.count - offset >= 12 else {
        let end = file.count < Self.multibootReach ? "the file's" : "the first 8 KiB's"
        doubt = doubt ?? "the header at byte \(offset) goes beyond \(end) end"
        continue
      }
      let flags = reader.u32(offset + 4)
      guard reader.u32(offset) &+ flags &+ reader.u32(offset + 8) == 0 else {
        doubt = doubt ?? "the header at byte \(offset) has a wrong checksum"
        continue
      }
      return Self.refusedWish(flags).map(MultibootHeader.unusable) ?? .usable
    }
    return doubt.map(MultibootHeader.unusable) ?? .none
  }
}
