internal import CLinuxHost
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

  /// How many columns the terminal has; nil where it does not say, or the stream is none.
  public var columns: Int? {
    let columns = chost_terminal_columns(rawValue)
    return columns > 0 ? Int(columns) : nil
  }

  /// How many columns text gets that is wrapped: as many as `COLUMNS` says, else as the terminal has, else 80.
  ///
  /// At least 40. *Why:* help in two columns leaves the right one out where it has no room for it.
  public var textColumns: Int {
    // SAFETY: the C library's string is copied at once; nothing in this program changes the environment.
    let wanted = unsafe getenv("COLUMNS").flatMap { unsafe Int(String(cString: $0)) } ?? 0
    return max(40, wanted > 0 ? wanted : columns ?? 80)
  }

  /// What a look at the input finds.
  public enum Input: Hashable, Sendable {
    /// These bytes, at least one.
    case bytes([UInt8])
    /// Nothing just now.
    case nothing
    /// The end, for good: of a file, of a pipe without writers, of a terminal that went away, and of
    /// a stream that was never open.
    case end
  }

  /// Reads what is there, without waiting: who shares the stream may have read it first.
  ///
  /// Assumes: ``KickSignal`` is installed.
  ///
  /// - Parameter limit: The most to read, in bytes; at least 1.
  /// - Returns: What was there.
  /// - Throws: ``SystemError`` naming `read`.
  public func readNow(upTo limit: Int) throws(SystemError) -> Input {
    precondition(limit > 0, "a read of no bytes looks like the end")
    var result = 0
    // SAFETY: at most `limit` bytes go into a buffer of that capacity, and the count returned is the
    // number of bytes initialised.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      result = unsafe chost_read_now(rawValue, buffer.baseAddress, limit, KickSignal.number)
      count = max(result, 0)
    }
    switch Int32(truncatingIfNeeded: -result) {
    case ..<0: return .bytes(bytes)
    // A terminal whose owner went back to lines and ended one reads as empty, too.
    case 0: return isLiveTerminal ? .nothing : .end
    case EAGAIN, EINTR: return .nothing
    // Of a terminal that another group has just taken, or that is gone.
    case EIO: return isLiveTerminal ? .nothing : .end
    case EBADF: return .end
    case let errno: throw SystemError(call: "read", on: name, errno: Errno(rawValue: errno))
    }
  }

  /// Reads at most `limit` bytes, waiting for the first.
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

  private var isLiveTerminal: Bool {
    chost_await(rawValue, 0, 0) == 0 && isTerminal
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
      guard mayWrite else {
        waitBriefly(for: 0)
        if shouldGiveUp() { return }
        continue
      }
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
        waitBriefly(for: POLLOUT)
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

  /// Whether an error is that of this stream when what reads it has gone.
  public func hasLostReader(_ error: SystemError) -> Bool {
    error.errno == .brokenPipe && error.subject == name
  }

  private var name: String {
    switch self {
    case .input: "standard input"
    case .output: "standard output"
    case .error: "standard error"
    }
  }

  /// Writes what there is room for now, and drops the rest: for a remark that nothing may wait for.
  ///
  /// Assumes: as ``readNow(upTo:)``.
  public func remark(_ text: String) {
    let bytes = [UInt8](text.utf8)
    guard mayWrite else { return }
    // SAFETY: the call reads the array's own storage, which outlives it.
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe _ = chost_write_now(rawValue, buffer.baseAddress, buffer.count, KickSignal.number)
    }
  }

  private static let isErrorTerminal = StandardStream.error.isTerminal
  private static let isOutputTerminal = StandardStream.output.isTerminal

  /// Whether writing would not stop this process: in the background of a terminal whose owner wants
  /// no output from there (`stty tostop`), what is to be written waits for the foreground.
  ///
  /// A stream does not become a terminal; who has it and how it is set is looked at each time.
  private var mayWrite: Bool {
    guard self == .error ? Self.isErrorTerminal : Self.isOutputTerminal else { return true }
    var settings = termios()
    // SAFETY: the call writes a local.
    guard unsafe tcgetattr(rawValue, &settings) == 0 else { return true }
    return settings.c_lflag & tcflag_t(TOSTOP) == 0 || tcgetpgrp(rawValue) == getpgrp()
  }

  /// Waits until the stream is ready for `events`, a signal comes, or a tenth of a second has passed.
  private func waitBriefly(for events: Int32) {
    _ = chost_await(events == 0 ? -1 : rawValue, Int16(events), 100)
  }
}
