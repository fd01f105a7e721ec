internal import CLinuxHost
internal import Glibc

/// A program that this one started, and the socket that is its standard input and output.
///
/// It has its own process group. Both are killed in `deinit`, and by the kernel when this process ends in whatever way:
/// what it started in turn outlives this value only where it joined another group.
public struct SocketProcess: ~Copyable, Sendable {
  /// How a program ended.
  public enum Ending: Hashable, Sendable, CustomStringConvertible {
    /// It exited with a status.
    case exited(Int32)
    /// A signal ended it.
    case signalled(Int32)

    /// A phrase: `exited with status 1`, `was ended by SIGSEGV`.
    public var description: String {
      switch self {
      case .exited(let status): "exited with status \(status)"
      case .signalled(let signal): "was ended by \(Signal.name(signal))"
      }
    }
  }

  /// The end of the socket that is ours.
  private let channel: OwnedDescriptor
  /// When this closes, which the end of this process does too, its group is killed.
  private let lifeline: OwnedDescriptor
  /// Its process id.
  public let id: Int32

  /// Starts a program.
  ///
  /// - Parameter command: A command line for `/bin/sh`. One program and its words are started without a shell.
  /// - Throws: ``SystemError`` naming `execve` and the command's first word. That a shell does not find a program is
  ///   seen later: as a rule it ends with status 127.
  public init(running command: String) throws(SystemError) {
    var (socket, writingEnd): (Int32, Int32) = (-1, -1)
    // SAFETY: the string is read, and the locals written, during the call only.
    let child = unsafe chost_spawn_on_socket(command, &socket, &writingEnd)
    guard child > 0 else {
      let program = command.split(whereSeparator: \.isWhitespace).first.map(String.init)
      throw SystemError(call: "execve", on: program, errno: Errno(rawValue: -child))
    }
    channel = OwnedDescriptor(adopting: socket)
    lifeline = OwnedDescriptor(adopting: writingEnd)
    id = child
  }

  deinit { chost_reap(id) }

  /// Waits for the program's end, which has come or is about to.
  ///
  /// - Parameter seconds: How long to wait before it is killed, at most 1000.
  /// - Returns: How it ended.
  public borrowing func ending(within seconds: UInt32) -> Ending {
    let status = chost_wait_status(id, seconds * 1000)
    return status >= 256 ? .signalled(status - 256) : .exited(status)
  }

  /// What became of a transfer.
  public enum Transfer: Hashable, Sendable {
    /// All of it went over.
    case complete
    /// The program closed its end first.
    case closed
    /// It did not end in time.
    case late
    /// An ending signal came (``ProcessSignals``).
    case interrupted
  }

  /// Sends words, little-endian.
  ///
  /// - Parameters:
  ///   - words: What to send.
  ///   - deadline: In nanoseconds of ``MonotonicClock``.
  /// - Returns: Whether they went, or what happened instead.
  public borrowing func send(
    _ words: ContiguousArray<UInt64>, until deadline: UInt64
  ) -> Transfer {
    var sent = 0
    while sent < words.count * 8 {
      // SAFETY: send(2) reads the array's bytes from `sent` on, during the call only.
      let part = unsafe words.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[sent...])
        return unsafe chost_send(channel.number, rest.baseAddress, rest.count)
      }
      if part >= 0 {
        sent += part
      } else if part != -Int(EAGAIN) {
        return .closed
      } else if ProcessSignals.ending != nil {
        return .interrupted
      } else if MonotonicClock.now() >= deadline {
        return .late
      } else {
        _ = chost_await(channel.number, Int16(POLLOUT), Self.pause)
      }
    }
    return .complete
  }

  /// How many milliseconds a wait for room lasts at most: a signal is seen after it.
  private static let pause: Int32 = 50

  /// Receives words, little-endian, until an array is full.
  ///
  /// - Parameters:
  ///   - words: Where they go.
  ///   - start: The first one that is received.
  ///   - deadline: In nanoseconds of ``MonotonicClock``.
  /// - Returns: Whether they came, or what happened instead.
  public borrowing func receive(
    into words: inout ContiguousArray<UInt64>, from start: Int, until deadline: UInt64
  ) -> Transfer {
    let end = words.count * 8
    var received = start * 8
    while received < end {
      // SAFETY: recv(2) writes into the array's bytes from `received` on, and no more than there are.
      let part = unsafe words.withUnsafeMutableBytes { buffer in
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[received...])
        return unsafe chost_receive(channel.number, rest.baseAddress, rest.count)
      }
      if part > 0 {
        received += part
      } else if part == -Int(EAGAIN) {
        if ProcessSignals.ending != nil { return .interrupted }
        guard MonotonicClock.now() < deadline else { return .late }
        Poller.waitOrPause(for: channel.number, until: deadline)
      } else {
        return .closed
      }
    }
    return .complete
  }
}
