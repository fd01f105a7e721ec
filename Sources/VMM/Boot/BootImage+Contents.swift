/// An image without its file: where it is entered, and what its memory begins with.
public struct BareImage: Sendable {
  /// The address of the 32-bit entry.
  public let entry: UInt64
  /// Addresses, and the bytes from there on; all else is zero.
  public let segments: [(address: UInt64, bytes: [UInt8])]
}

extension BootImage {
  /// The largest image whose contents are given, in bytes of its file.
  private static let bareSizeMax = 1 << 16

  /// The image's contents, for who writes them elsewhere than into RAM.
  ///
  /// The file's own headers, which a first segment may begin with, are left out: up to the entry, if that lies
  /// among the segment's first 512 bytes.
  ///
  /// - Returns: nil where the image is not entered by the PVH protocol, or is larger than 64 KiB in its file.
  /// - Throws: ``ImageError/unreadable(_:)``.
  public func bareContents() throws(ImageError) -> BareImage? {
    guard bootProtocol == .pvh,
      segments.allSatisfy({ $0.fileRange.count <= Self.bareSizeMax }), segments.count <= 16
    else { return nil }
    var contents: [(address: UInt64, bytes: [UInt8])] = []
    for segment in segments {
      let bytes = try bytes(of: segment)
      let isFirst = segment.fileRange.lowerBound == 0 && entry > segment.address
      let skipped = isFirst && entry - segment.address <= 512 ? Int(entry - segment.address) : 0
      contents.append((segment.address + UInt64(skipped), Array(bytes.dropFirst(skipped))))
    }
    return BareImage(entry: entry, segments: contents)
  }
}
