internal import CKVM
internal import Glibc

/// One of the three streams that a process is born with.
public enum StandardStream: Int32, Sendable {
  /// Standard input.
  case input = 0
  /// Standard output, where results go.
  case output = 1
  /// Standard error, where everything else goes.
  case error = 2

  /// Makes sure that descriptors 0, 1 and 2 are open.
  ///
  /// *Why*: where one is closed, the next file opened would take its number, and a guest's output
  /// could land in it. A missing stream becomes `/dev/null`, read-only, so that writing to a closed
  /// output still fails.
  public static func fillGaps() {
    for number in 0...2 where fcntl(Int32(number), F_GETFD) < 0 {
      // SAFETY: the path is a literal; the descriptor is meant to stay open for good.
      unsafe _ = open("/dev/null", O_RDONLY)
    }
  }

  /// Whether a person is on the other end.
  public var isTerminal: Bool { isatty(rawValue) == 1 }

  /// Whether reading would stop this process, because it runs in the background of a terminal.
  public var isInBackground: Bool { isTerminal && tcgetpgrp(rawValue) != getpgrp() }

  /// Reads at most `limit` bytes.
  ///
  /// - Parameter limit: The most to read, in bytes.
  /// - Returns: What was read; empty at the end of the input, which a terminal that went away and a
  ///   stream that was never open count as.
  /// - Throws: ``SystemError`` naming `read`.
  public func read(upTo limit: Int) throws(SystemError) -> [UInt8] {
    do {
      return try readBytes(from: rawValue, upTo: limit)
    } catch  where error.errno == .inputOutput || error.errno == .badDescriptor {
      return []
    }
  }

  /// Writes all of `bytes`, however many calls that takes.
  ///
  /// - Parameters:
  ///   - bytes: What to write.
  ///   - shouldGiveUp: Asked when a signal interrupts the call; true abandons what is left. Without
  ///     it a reader that never reads would hold its writer for ever.
  /// - Throws: ``SystemError`` naming `write` and the stream.
  public func write(
    _ bytes: Span<UInt8>, givingUpIf shouldGiveUp: () -> Bool = { false }
  ) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let rest = bytes.extracting(droppingFirst: written)
      // SAFETY: write(2) reads `count` bytes from the span's own storage.
      let result = unsafe rest.withUnsafeBufferPointer { buffer in
        unsafe Glibc.write(rawValue, buffer.baseAddress, buffer.count)
      }
      if result >= 0 {
        written += result
      } else if errno == EINTR {
        if shouldGiveUp() { return }
      } else if errno == EAGAIN {
        waitUntilWritable()
        if shouldGiveUp() { return }
      } else {
        throw SystemError(call: "write", on: name, errno: .last)
      }
    }
  }

  /// Writes all of `text` as UTF-8.
  ///
  /// - Parameter text: What to write.
  /// - Throws: ``SystemError`` naming `write` and the stream.
  public func write(_ text: String) throws(SystemError) {
    try write([UInt8](text.utf8).span)
  }

  private var name: String {
    switch self {
    case .input: "standard input"
    case .output: "standard output"
    case .error: "standard error"
    }
  }

  private func waitUntilWritable() {
    var entry = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
    // SAFETY: the kernel reads and writes one entry, a local that lives until the call returns.
    unsafe _ = poll(&entry, 1, 100)
  }
}
