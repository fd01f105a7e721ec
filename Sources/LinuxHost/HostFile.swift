internal import Glibc

/// Whole files.
public enum HostFile {
  /// Reads a regular file, or a pipe to its end.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - limit: The most bytes to accept.
  /// - Returns: The contents, or nil if there are more than `limit` bytes.
  /// - Throws: ``SystemError`` naming `open` or `read`, and the path.
  public static func contents(of path: String, limit: Int) throws(SystemError) -> [UInt8]? {
    let file = try OwnedDescriptor(opening: path, flags: O_RDONLY)
    var contents: [UInt8] = []
    while true {
      let chunk: [UInt8]
      do {
        chunk = try file.read(upTo: 1 << 16)
      } catch {
        throw SystemError(call: error.call, on: path, errno: error.errno)
      }
      if chunk.isEmpty { return contents }
      contents += chunk
      if contents.count > limit { return nil }
    }
  }

  /// Writes a new file, or replaces an old one's contents.
  ///
  /// - Parameters:
  ///   - bytes: The new contents.
  ///   - path: The file's path.
  /// - Throws: ``SystemError`` naming `open` or `write`, and the path.
  public static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
    let file = try OwnedDescriptor(opening: path, flags: O_WRONLY | O_CREAT | O_TRUNC)
    var written = 0
    while written < bytes.count {
      // SAFETY: write(2) reads at most the rest of the array, which outlives the call.
      let result = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(
          file.number, buffer.baseAddress.map { unsafe $0 + written }, buffer.count - written)
      }
      if result < 0 && isTemporary(errno, file.number, POLLOUT) { continue }
      written += try check("write", on: path, result)
    }
  }
}

/// The host's memory.
public enum HostMemory {
  /// How much there is, in bytes.
  public static var total: UInt64 {
    UInt64(sysconf(Int32(_SC_PHYS_PAGES))) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
  }
}
