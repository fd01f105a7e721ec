public import LinuxHost

/// A file that names the places of a guest's program.
public struct SymbolFile: Sendable {
  private let file: ImageBytes

  /// The file of an image, whether it was read from a file or through a pipe.
  ///
  /// Nothing is read before ``places(of:)``. What came through a pipe is kept in memory until then.
  public init(_ image: BootImage) { file = image.file }

  /// An ELF file other than the image.
  ///
  /// - Parameter file: The file; it stays open as long as this value is there.
  public init(reading file: consuming RegularFile) { self.file = .file(ImageBytes.OpenFile(file)) }

  /// Finds the symbols that addresses are near.
  ///
  /// - Parameter addresses: The addresses.
  /// - Returns: The places of those that are near a symbol; nil for a file without a symbol table.
  /// - Throws: ``ImageError`` for a table that is none, or cannot be read, or a file that has changed.
  public func places(
    of addresses: Set<GuestAddress>
  ) throws(ImageError) -> [GuestAddress: SymbolPlace]? {
    guard try ELFFile.isLikely(file) else { return nil }
    try file.requireUnchanged()
    return try ELFFile(file).symbols(at: addresses)
  }
}
