import CTestSupport
public import Glibc

/// The command as a child process whose output can be read while it runs.
public final class Child {
  /// Its number.
  public let process: pid_t
  private let output: Int32

  /// Why there is no child, or why it is not what a test needs.
  public struct Failure: Error, CustomStringConvertible {
    /// What failed.
    public let description: String
  }

  /// - Parameters:
  ///   - arguments: The command's.
  ///   - terminal: A terminal to be the child's own, and its standard input; or a FIFO for that.
  ///   - program: The command, unless it is this project's.
  ///   - isWired: Whether the terminal is the child's output, too.
  ///   - inPackets: Whether what each system call writes is kept apart, for ``readPacket()``.
  /// - Throws: ``Failure`` where the process or its pipe cannot be had.
  public init(
    _ arguments: [String], terminal: String? = nil, program: String = swvmm, isWired: Bool = false,
    inPackets: Bool = false
  ) throws {
    var ends: [Int32] = [0, 0]
    guard test_pipe(&ends, inPackets ? 1 : 0) == 0 else {
      throw Failure(description: "no pipe")
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 0, terminal ?? "/dev/null", O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, isWired ? 0 : ends[1], 1)
    if isWired { posix_spawn_file_actions_adddup2(&actions, 0, 2) }
    // A new session: the terminal opened next becomes its own.
    let newSession: Int16 = 0x80  // POSIX_SPAWN_SETSID
    let (result, child) = spawn([program] + arguments, &actions, flags: newSession)
    posix_spawn_file_actions_destroy(&actions)
    close(ends[1])
    guard result == 0 else {
      close(ends[0])
      throw Failure(description: "posix_spawn of \(program): error \(result)")
    }
    process = child
    output = ends[0]
  }

  deinit { close(output) }

  /// Reads its output, up to so many bytes or its end.
  public func read(_ count: Int) -> String {
    var text = ""
    var byte: UInt8 = 0
    while text.utf8.count < count, Glibc.read(output, &byte, 1) == 1 {
      text.unicodeScalars.append(Unicode.Scalar(byte))
    }
    return text
  }

  /// Reads what one system call of its wrote, 4096 bytes at most; empty at the end.
  public func readPacket() -> String {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(output, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// Reads its output, up to the end of a line or its own.
  public func readLine() -> String {
    var text = ""
    while !text.hasSuffix("\n"), case let next = read(1), !next.isEmpty { text += next }
    return text
  }

  /// Sends it a signal.
  public func send(_ signal: Int32) { kill(process, signal) }

  /// Waits for its end.
  ///
  /// - Returns: The exit status, or the negative number of the signal that ended it.
  public func wait() -> Int32 {
    var status: Int32 = 0
    waitpid(process, &status, 0)
    return Self.code(status)
  }

  /// The exit status if it has ended, else nil.
  public func poll() -> Int32? {
    var status: Int32 = 0
    return waitpid(process, &status, WNOHANG) == process ? Self.code(status) : nil
  }

  /// Waits until the child has a handler for a signal: since then it is the program's own to answer.
  ///
  /// - Throws: ``Failure`` where it has none within 20 s.
  public func waitForHandler(of signal: Int32) throws {
    let deadline = time(nil) + 20
    while time(nil) < deadline {
      let status = contents(of: "/proc/\(process)/status")
      let line = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
      let mask = line.flatMap { UInt64($0.dropFirst(8), radix: 16) } ?? 0
      if mask >> UInt64(signal - 1) & 1 == 1 { return }
      sched_yield()
    }
    throw Failure(description: "no handler of signal \(signal)")
  }

  private static func code(_ status: Int32) -> Int32 {
    status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
  }
}
