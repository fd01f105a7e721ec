/// What an ELF file's notes say of its 32-bit entry.
struct PVHNote {
  /// The physical address of the entry; nil without a note that names it.
  var entry: UInt32?
  /// Whether a note is Linux's own, which its kernels have since 4.19 (the salt of their build).
  var isLinux = false
  /// The first reason why there might be an entry though none was found, as a phrase.
  var doubt: String?

  fileprivate mutating func raise(_ doubt: String) { self.doubt = self.doubt ?? doubt }
}

/// The note by which a Xen-aware kernel names its 32-bit entry (XEN_ELFNOTE_PHYS32_ENTRY).
extension ELFFile {
  /// How much of notes is looked at: headers, and bytes of all together.
  ///
  /// A Linux kernel has one or two, of a few hundred bytes.
  static let noteLimits = (headers: 64, bytes: UInt64(1 << 20))

  private static let entryType: UInt32 = 18

  /// Looks for the note.
  ///
  /// Damage in notes refuses no image, because a loader needs none of the others; but it may hide the one
  /// that decides how the guest is entered, and so it is a doubt.
  ///
  /// - Returns: What was found.
  /// - Throws: ``ImageError/badNote(_:)`` for a note that names an entry that cannot be.
  func pvhNote() throws(ImageError) -> PVHNote {
    var note = PVHNote()
    var (headersLeft, bytesLeft) = Self.noteLimits
    for header in headers where header.type == HeaderType.note && header.fileSize > 0 {
      guard headersLeft > 0 && header.fileSize <= bytesLeft else {
        note.raise("there are more than \(Self.noteLimits.headers) headers or 1 MiB of notes")
        break
      }
      headersLeft -= 1
      bytesLeft -= header.fileSize
      guard let range = try? fileRange(of: header) else {
        note.raise("the notes of segment \(header.index) reach beyond the file")
        continue
      }
      let bytes = FieldReader(try file.bytes(in: range))
      // The gABI pads to 8 bytes in files of 64 bits, and tools to 4; the header's alignment says which.
      // Linkers join notes of both kinds under the greater one, so that 4 is tried as well.
      let declared: UInt64 = header.alignment == 8 ? 8 : 4
      for alignment: UInt64 in declared == 8 ? [8, 4] : [4] {
        var found = PVHNote()
        try search(bytes, paddedTo: alignment, &found)
        if found.entry != nil { return found }
        if alignment == declared, let doubt = found.doubt { note.raise(doubt) }
      }
    }
    return note
  }

  /// Goes through notes up to damage; the first that names the entry counts.
  private func search(
    _ notes: FieldReader, paddedTo alignment: UInt64, _ result: inout PVHNote
  ) throws(ImageError) {
    func padded(_ offset: UInt64) -> UInt64 { (offset + alignment - 1) & ~(alignment - 1) }
    let end = UInt64(notes.bytes.count)
    var offset: UInt64 = 0
    while offset < end {
      guard end - offset >= 12 else {
        if notes.bytes[Int(offset)...].contains(where: { $0 != 0 }) {
          result.raise("a note ends beyond its segment")
        }
        return
      }
      let at = Int(offset)
      let (nameSize, valueSize) = (UInt64(notes.u32(at)), UInt64(notes.u32(at + 4)))
      let type = notes.u32(at + 8)
      let value = padded(offset + 12 + nameSize)  // 32-bit sizes: no overflow
      guard value <= end, valueSize <= end - value else {
        return result.raise("a note ends beyond its segment")
      }
      let name = notes.bytes[(at + 12)..<(at + 12 + Int(nameSize))]
      let isXen = Self.isNamed(name, "Xen")
      if Self.isNamed(name, "Linux") { result.isLinux = true }
      switch (isXen, type == Self.entryType) {
      case (true, true) where result.entry == nil:
        result.entry = try entry(in: notes, at: Int(value), size: valueSize)
      case (true, true): break
      case (true, false): result.raise("Xen's notes name no entry (type 18)")
      case (false, true): result.raise("a note of type 18 is not named Xen")
      case (false, false): break
      }
      offset = padded(value + valueSize)
    }
  }

  /// Whether a note has that name: it may lack the 0 at its end, or have several.
  private static func isNamed(_ name: ArraySlice<UInt8>, _ text: String) -> Bool {
    name.starts(with: text.utf8) && name.dropFirst(text.utf8.count).allSatisfy { $0 == 0 }
  }

  private func entry(
    in notes: FieldReader, at offset: Int, size: UInt64
  ) throws(ImageError) -> UInt32 {
    switch size {
    case 4: return notes.u32(offset)
    case 8:
      guard let entry = UInt32(exactly: notes.u64(offset)) else {
        throw .badNote("a PVH entry above 4 GiB")
      }
      return entry
    default: throw .badNote("a PVH entry of \(size) bytes")
    }
  }
}
