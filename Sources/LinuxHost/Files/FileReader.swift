internal import Glibc

/// A file that is read piece by piece, or standard input.
public struct FileReader: ~Copyable {
  private let path: String
  private let patience: UInt64
  private let file: InputFile?

  /// Opens a file; `-` is standard input.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - patience: How long a read may wait for bytes, in nanoseconds; nil: a minute, and on standard input for ever.
  /// - Throws: ``SystemError`` naming `open` and the path.
  public init(path: String, patience: UInt64?) throws(SystemError) {
    self.path = path
    self.patience = patience ?? 60_000_000_000
    file = path == "-" && patience == nil ? nil : try InputFile(opening: path)
  }

  /// Reads the next piece, of at most 64 KiB.
  ///
  /// - Returns: What was read; empty at the end.
  /// - Throws: ``SystemError`` naming `read` and the path; `ETIMEDOUT` where none came.
  public borrowing func next() throws(SystemError) -> [UInt8] {
    // As much as the allocator hands out again and again without asking the kernel.
    let limit = 1 << 16
    let deadline = MonotonicClock.now() &+ patience
    do {
      switch file {
      case .some(.regular(let file)):
        return try file.descriptor.read(upTo: limit, until: deadline)
      case .some(.pipe(let pipe)): return try pipe.next(upTo: limit, until: deadline)
      case .none: return try StandardStream.input.read(upTo: limit)
      }
    } catch {
      throw SystemError(call: error.call, on: path, errno: error.errno)
    }
  }
}
