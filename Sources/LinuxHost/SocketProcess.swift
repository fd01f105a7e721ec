internal import CLinuxHost
internal import Glibc

/// A program that this one started, and the socket that is its standard input and output.
///
/// It has a process group of its own. Both are killed in `deinit`: what it started in turn outlives
/// this value only where it joined another group.
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
  /// Its process id.
  public let id: Int32

  /// Starts a program.
  ///
  /// - Parameter command: A command line for `/bin/sh`.
  /// - Throws: ``SystemError`` naming `posix_spawn`. That the shell does not find the program
  ///   is seen later: it ends with status 127.
  public init(running command: String) throws(SystemError) {
    var socket: Int32 = -1
    // SAFETY: the string is read, and the local written, during the call only.
    let child = unsafe chost_spawn_on_socket(command, &socket)
    guard child > 0 else {
      throw SystemError(call: "posix_spawn", on: "/bin/sh", errno: Errno(rawValue: -child))
    }
    channel = OwnedDescriptor(adopting: socket)
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

  /// Sends bytes, all of them at once.
  ///
  /// - Returns: Whether there was room for them; false also where the program has closed its end.
  public borrowing func send(_ bytes: [UInt8]) -> Bool {
    // SAFETY: send(2) reads the array's bytes during the call only.
    let sent = unsafe bytes.withUnsafeBytes { buffer in
      unsafe chost_send(channel.number, buffer.baseAddress, buffer.count)
    }
    return sent == bytes.count
  }

  /// What a receiver found.
  public enum Reception: Hashable, Sendable {
    /// As many bytes as were asked for.
    case bytes
    /// The program closed its end first.
    case closed
    /// They did not come in time.
    case late
    /// An ending signal came (``ProcessSignals``).
    case interrupted
  }

  /// Receives bytes until there are `count` new ones, and appends them.
  ///
  /// - Parameters:
  ///   - count: How many, at most some megabytes: the caller has checked it.
  ///   - bytes: Where they go; those that came before something else happened, too.
  ///   - deadline: In nanoseconds of ``MonotonicClock``.
  /// - Returns: Whether they came, or what happened instead.
  public borrowing func receive(
    _ count: Int, into bytes: inout [UInt8], until deadline: UInt64
  ) -> Reception {
    let end = bytes.count + count
    bytes.reserveCapacity(end)
    var chunk = [UInt8](repeating: 0, count: min(count, 1 << 16))
    while bytes.count < end {
      let wanted = min(end - bytes.count, chunk.count)
      // SAFETY: recv(2) writes at most `wanted` bytes, which the array has room for.
      let received = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe chost_receive(channel.number, buffer.baseAddress, wanted)
      }
      if received > 0 {
        bytes.append(contentsOf: chunk[..<received])
      } else if received == -Int(EAGAIN) {
        if ProcessSignals.ending != nil { return .interrupted }
        guard MonotonicClock.now() < deadline else { return .late }
        _ = Poller.wait(for: [channel.number, -1, -1, -1], until: deadline)
      } else {
        return .closed
      }
    }
    return .bytes
  }
}
