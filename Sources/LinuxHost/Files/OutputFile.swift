internal import Glibc
internal import Synchronization

/// A file for results, opened before the work that they come from.
///
/// *Guarantee:* what was there stays as it is until the results are written; a file that was made for nothing
/// is taken away.
public final class OutputFile: Sendable {
  /// The file's path.
  public let path: String
  /// Owned only; ``number`` is what is used.
  private let descriptor: OwnedDescriptor?
  /// The descriptor's number; nil: standard output.
  private let number: Int32?
  /// Whether this made the file.
  private let isNew: Bool
  private let isRegular: Bool
  /// The file's device and number; nil unless it is a regular one.
  private let identity: (dev_t, ino_t)?
  private let isWritten = Atomic<Bool>(false)

  /// Opens or makes a file.
  ///
  /// - Parameter path: The file's path; `-` is standard output.
  /// - Throws: ``SystemError`` naming `open` and the path; `ENXIO` for a pipe that nothing reads.
  public init(opening path: String) throws(SystemError) {
    self.path = path
    guard path != "-" else {
      (isNew, isRegular) = (false, false)
      identity = nil
      descriptor = nil
      number = nil
      return
    }
    // SAFETY: the C library reads the path during the call.
    isNew = unsafe access(path, F_OK) != 0
    do {
      // Non-blocking, or a pipe that nothing reads would hold this program up here.
      let opened = try OwnedDescriptor(opening: path, flags: O_WRONLY | O_CREAT | O_NONBLOCK)
      let status = try FileStatus(of: opened, path)
      isRegular = status.isRegular
      identity = isRegular ? (status.device, status.inode) : nil
      number = opened.number
      descriptor = consume opened
    } catch {
      let advice: String? =
        switch error.errno {
        case .isDirectory: "name a file in it"
        case .notFound where !path.isEmpty: "create its folder first"
        case .noSuchDevice where try FileStatus(at: path)?.isPipe == true:
          "nothing reads this pipe: start its reader first"
        default: nil
        }
      throw SystemError(call: error.call, on: path, errno: error.errno, advice: advice)
    }
  }

  deinit {
    // SAFETY: the C library reads the path during the call.
    if isNew && !isWritten.load(ordering: .relaxed) { unsafe unlink(path) }
  }

  /// Whether this is the regular file at a path, by whatever name: writing it would destroy that one.
  public func isFile(at path: String) -> Bool {
    guard let identity else { return false }
    var status = stat()
    // SAFETY: fstatat(2) reads the path and fills a local during the call.
    guard unsafe fstatat(AT_FDCWD, path, &status, 0) == 0 else { return false }
    return identity == (status.st_dev, status.st_ino)
  }

  /// Puts bytes in place of what was there.
  ///
  /// - Parameter bytes: The new contents.
  /// - Throws: ``SystemError`` naming `ftruncate` or `write`, and the path.
  public func write(_ bytes: [UInt8]) throws(SystemError) {
    guard let number else { return try StandardStream.output.write(bytes.span) }
    isWritten.store(true, ordering: .relaxed)
    if isRegular { try check("ftruncate", on: path, ftruncate(number, 0)) }
    var written = 0
    while written < bytes.count {
      // SAFETY: write(2) reads at most the rest of the array, which outlives the call.
      let result = unsafe bytes.withUnsafeBytes { buffer in
        retrying(until: number, isReadyFor: POLLOUT) {
          unsafe Glibc.write(
            number, buffer.baseAddress.map { unsafe $0 + written },
            buffer.count - written)
        }
      }
      written += try check("write", on: path, result)
    }
  }
}
