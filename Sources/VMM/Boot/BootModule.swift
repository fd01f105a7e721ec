public import LinuxHost

/// A file that the guest is given beside its image.
public struct BootModule: Sendable {
  let bytes: ImageBytes
  /// What the guest is told of it, without a terminating 0.
  let name: [UInt8]

  /// The most modules of a guest.
  public static let countMax = 256

  /// A module with contents from memory.
  ///
  /// - Parameters:
  ///   - bytes: The contents.
  ///   - name: What the guest is told, without a terminating 0.
  public init(_ bytes: [UInt8], name: [UInt8] = []) {
    self.bytes = .memory(bytes)
    self.name = name
  }

  /// A module with contents from a file, which is read when the guest is loaded.
  ///
  /// - Parameters:
  ///   - file: The file; it stays open as long as the module is there.
  ///   - name: What the guest is told, without a terminating 0.
  public init(reading file: consuming RegularFile, name: [UInt8] = []) {
    bytes = .file(ImageBytes.OpenFile(file))
    self.name = name
  }
}
