internal import CLinuxHost
internal import Glibc

/// A program that this one runs, with its output and errors in pipes and nothing on its standard input.
///
/// *Guarantee:* it ends with this value at the latest, and with the thread that started it.
public struct ChildProcess: ~Copyable, Sendable {
  private let identifier: pid_t
  private var end: End?
  /// What it writes to standard output.
  public let output: OwnedDescriptor
  /// What it writes to standard error.
  public let errors: OwnedDescriptor
  /// Readable once it has ended.
  public let descriptor: OwnedDescriptor

  /// How a process ended.
  public enum End: Hashable, Sendable {
    /// By itself, with a status.
    case exited(Int32)
    /// By a signal.
    case killed(Int32)
  }

  /// The path of this process's own program.
  public static let ownProgram = "/proc/self/exe"

  /// How many bytes can be given to a program (``init(running:_:given:)``): what a pipe holds.
  public static let givenBytesMax = 1 << 16

  /// Where the program finds what it is given.
  public static let givenFile = "/proc/self/fd/3"

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - path: The program's.
  ///   - words: Its arguments, its own name first.
  ///   - bytes: What it finds in a pipe, ``givenFile``; at most ``givenBytesMax`` of them.
  /// - Throws: ``SystemError`` naming the call.
  public init(
    running path: String, _ words: [String], given bytes: [UInt8]
  ) throws(SystemError) {
    precondition(bytes.count <= Self.givenBytesMax, "more than a pipe holds")
    let none = try OwnedDescriptor(opening: "/dev/null", flags: O_RDWR)
    let output = try Pipe()
    let errors = try Pipe()
    let given = try Pipe()
    // SAFETY: write(2) reads the array's own storage. The pipe is empty and holds as many bytes.
    let written = unsafe bytes.withUnsafeBytes {
      unsafe write(given.writing.number, $0.baseAddress, $0.count)
    }
    try check("write", on: "a pipe", written)
    var process: Int32 = -1
    // SAFETY: each word is copied into memory of the C library's, freed below; the list ends with nil. The
    // call reads them and four numbers, and writes a local.
    var pointers = unsafe words.map { unsafe strdup($0) } + [nil]
    let numbers = [
      none.number, output.writing.number, errors.writing.number, given.reading.number,
    ]
    let result = unsafe chost_spawn(path, &pointers, numbers, &process)
    unsafe pointers.forEach { unsafe free($0) }
    guard result > 0 else {
      throw SystemError(call: "fork", on: path, errno: Errno(rawValue: -result))
    }
    identifier = result
    descriptor = OwnedDescriptor(adopting: process)
    self.output = output.reading
    self.errors = errors.reading
  }

  deinit {
    guard end == nil else { return }
    // A child that has not been waited for keeps its number, so that the signal meets no other process.
    _ = Glibc.kill(identifier, SIGKILL)
    _ = Self.wait(for: identifier)
  }

  /// Sends it a signal.
  ///
  /// Does nothing once it has been waited for.
  public borrowing func send(_ signal: Int32) {
    guard end == nil else { return }
    _ = Glibc.kill(identifier, signal)
  }

  /// Waits for its end.
  public mutating func wait() -> End {
    if let end { return end }
    let end = Self.wait(for: identifier)
    self.end = end
    return end
  }

  private static func wait(for identifier: pid_t) -> End {
    var status: Int32 = 0
    // SAFETY: the call writes a local.
    while unsafe waitpid(identifier, &status, 0) < 0 {
      precondition(errno == EINTR, "waitpid: \(Errno.last.message)")
    }
    let signal = status & 0x7f
    return signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal)
  }
}

/// Both ends of a pipe.
private struct Pipe: ~Copyable {
  let reading: OwnedDescriptor
  let writing: OwnedDescriptor

  init() throws(SystemError) {
    var numbers: [Int32] = [-1, -1]
    // SAFETY: the call writes two numbers.
    let result = unsafe chost_pipe(&numbers)
    guard result == 0 else {
      throw SystemError(call: "pipe2", errno: Errno(rawValue: -result))
    }
    reading = OwnedDescriptor(adopting: numbers[0])
    writing = OwnedDescriptor(adopting: numbers[1])
  }
}
