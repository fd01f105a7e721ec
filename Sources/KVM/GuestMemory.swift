public import LinuxHost

/// A guest's RAM: one region from physical address 0.
///
/// Reached only by copies whose range is checked, so that no number that a guest chose becomes a
/// pointer of this process.
public struct GuestMemory: ~Copyable, Sendable {
  let mapping: Mapping

  /// Maps RAM, zeroed; the host gives pages as they are touched.
  ///
  /// - Parameter size: Bytes, a multiple of 4096, more than 0.
  /// - Throws: ``SystemError`` naming `mmap`.
  public init(size: Int) throws(SystemError) {
    precondition(size > 0 && size % 4096 == 0, "RAM is made of pages")
    mapping = try Mapping(anonymous: size)
  }

  /// The size in bytes; the first address after RAM.
  public var size: Int { mapping.size }

  /// Copies bytes out of RAM.
  ///
  /// - Parameters:
  ///   - address: Guest-physical.
  ///   - count: How many.
  /// - Returns: The bytes, or nil if any lies outside RAM.
  public func bytes(at address: UInt64, count: Int) -> [UInt8]? {
    mapping.bytes(at: address, count: count)
  }

  /// Copies bytes into RAM.
  ///
  /// - Parameters:
  ///   - bytes: What to write.
  ///   - address: Guest-physical.
  /// - Returns: Whether all of them lie inside RAM; if not, nothing was written.
  public func write(_ bytes: [UInt8], at address: UInt64) -> Bool {
    mapping.write(bytes, at: address)
  }
}
