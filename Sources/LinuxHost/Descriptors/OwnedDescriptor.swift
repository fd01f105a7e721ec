internal import CLinuxHost
internal import Glibc

/// Exclusive ownership of one open file descriptor.
///
/// Closing happens in `deinit`, so a descriptor is neither leaked nor closed twice. Hand it over
/// with `consuming`, lend it with `borrowing`.
public struct OwnedDescriptor: ~Copyable, Sendable {
  /// The descriptor's number, good for as long as this value lives.
  public let number: Int32

  /// Takes ownership of `number`.
  ///
  /// Assumes: `number` is open and nothing else closes it.
  public init(adopting number: Int32) {
    precondition(number >= 0, "descriptor \(number) is not open")
    self.number = number
  }

  deinit {
    // EBADF means that other code closed what this value owns: a bug, not a condition.
    let result = Glibc.close(number)
    precondition(result == 0 || errno != EBADF, "descriptor \(number) was closed by another")
  }

  /// Opens `path` with the flags of `open(2)`; `O_CLOEXEC` is added.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - flags: `O_RDONLY`, `O_RDWR | O_CREAT` and the like.
  ///   - permissions: The mode of a file that the call creates.
  /// - Throws: ``SystemError`` naming `open` and the path.
  public init(opening path: String, flags: Int32, permissions: UInt32 = 0o644)
    throws(SystemError)
  {
    // SAFETY: the C library reads the path during the call only.
    //
    // A FIFO opens when its other end is opened; a signal in between changes nothing.
    let number = retrying { unsafe open(path, flags | O_CLOEXEC, mode_t(permissions)) }
    self.init(adopting: try check("open", on: path, number))
  }

  /// Closes the descriptor after the last write.
  ///
  /// *Why:* a file system of another host, or with a quota, may say only now that what it took is lost.
  ///
  /// - Parameter path: What the error names.
  /// - Throws: ``SystemError`` naming `close` and the path; the descriptor is closed all the same.
  consuming func close(on path: String) throws(SystemError) {
    let number = number
    discard self
    try check("close", on: path, Glibc.close(number))
  }

  /// Opens what a number stands for once more, above the standard streams.
  ///
  /// - Parameters:
  ///   - number: An open descriptor's number.
  ///   - path: What messages call it.
  /// - Throws: ``SystemError`` naming `fcntl` and the path; `EMFILE` where no number is left.
  init(duplicating number: Int32, of path: String) throws(SystemError) {
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else {
      // EINVAL is the kernel's word for a least number that is beyond the limit.
      let errno = Errno.last
      throw SystemError(
        call: "fcntl", on: path, errno: errno == .invalidArgument ? .tooManyDescriptors : errno)
    }
    self.init(adopting: copy)
  }

  /// Reads at most `limit` bytes.
  ///
  /// - Parameters:
  ///   - limit: The most to read, in bytes.
  ///   - deadline: Nanoseconds of ``MonotonicClock``; nil waits for ever.
  /// - Returns: What was read; empty at the end of the file.
  /// - Throws: ``SystemError`` naming `read`, `ETIMEDOUT` at the deadline; `EINTR` is retried, because a
  ///   partial read is visible in the result and nothing is lost by asking again.
  public borrowing func read(
    upTo limit: Int, until deadline: UInt64? = nil
  ) throws(SystemError) -> [UInt8] {
    try readBytes(from: number, upTo: limit, until: deadline)
  }
}

/// Reads at most `limit` bytes from a descriptor that other programs may own, such as standard input.
///
/// Waits for the first, where others made the descriptor non-blocking, too.
func readBytes(
  from descriptor: Int32, upTo limit: Int, until deadline: UInt64? = nil
) throws(SystemError) -> [UInt8] {
  var failure: Errno?
  // SAFETY: read(2) writes at most `limit` bytes into a buffer of that capacity, and the count it
  // returns is the number of bytes initialised.
  let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
    let result = retrying(until: descriptor, isReadyFor: POLLIN, before: deadline) {
      unsafe read(descriptor, buffer.baseAddress, limit)
    }
    if result < 0 { failure = .last }
    count = max(result, 0)
  }
  if let failure {
    throw SystemError(call: "read", errno: failure == .wouldBlock ? .timedOut : failure)
  }
  return bytes
}
