/// A file that a user may name in an image's place, told by how it begins.
///
/// *Why not only at the first exit that makes no sense:* whatever bytes a file has, a processor in real mode executes
/// some of them, and what it says in the end is about an address that means nothing to its user.
enum MistakenFile {
  /// What a file is, as a noun with its article, if it is none that a processor executes; nil: it may be code.
  ///
  /// - Throws: ``ImageError/unreadable(_:)``.
  static func kind(of file: ImageBytes) throws(ImageError) -> String? {
    let bytes = try file.bytes(in: 0..<min(4096, file.count))
    if let known = magics.first(where: { bytes.starts(with: $0.bytes) }) { return known.name }
    return isText(bytes, isCut: file.count > UInt64(bytes.count)) ? "text" : nil
  }

  /// The beginnings of formats that guests, kernels and disks come in.
  private static let magics: [(bytes: [UInt8], name: String)] = [
    ([0x1f, 0x8b, 0x08], "a gzip file"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "an xz file"),
    ([0x28, 0xb5, 0x2f, 0xfd], "a zstd file"), ([0x42, 0x5a, 0x68], "a bzip2 file"),
    ([0x04, 0x22, 0x4d, 0x18], "an lz4 file"), ([0x50, 0x4b, 0x03, 0x04], "a zip file"),
    ([0x51, 0x46, 0x49, 0xfb], "a qcow2 disk"), (Array("070701".utf8), "a cpio archive"),
    (Array("!<arch>\n".utf8), "an ar archive"), ([0xde, 0xc0, 0x17, 0x0b], "LLVM bitcode"),
  ]

  /// Whether bytes are UTF-8 without control characters but those of texts and terminals; the last character may be
  /// cut off where the file is longer.
  private static func isText(_ bytes: [UInt8], isCut: Bool) -> Bool {
    let controls: Set<UInt8> = [0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x1b]
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || controls.contains($0) }) else {
      return false
    }
    return (0..<(isCut ? 4 : 1)).contains {
      String(validating: bytes.dropLast($0), as: UTF8.self) != nil
    }
  }
}
