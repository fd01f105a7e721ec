internal import Glibc

/// A file that a user named, open for reading.
///
/// *Why no devices:* some never end, and no size of one says what can be read.
public enum InputFile: ~Copyable {
  /// One that has a size, of which any part can be read.
  case regular(RegularFile)
  /// A pipe, to be read to its end.
  case pipe(InputPipe)

  /// Opens a file; `-` is standard input, whatever that is.
  ///
  /// - Parameter path: The file's path.
  /// - Throws: ``SystemError`` naming `open` or `read`, and the path; `EISDIR` for a folder, `EINVAL` for a
  ///   device.
  public init(opening path: String) throws(SystemError) {
    guard path != "-" else {
      let name = "standard input"
      let descriptor = try OwnedDescriptor(duplicating: STDIN_FILENO, of: name)
      let status = try FileStatus(of: descriptor, name)
      self =
        status.isRegular
        ? .regular(RegularFile(descriptor, name, status)) : .pipe(InputPipe(descriptor, name))
      return
    }
    // Non-blocking, or a pipe that nothing writes would hold this program up here.
    let descriptor = try OwnedDescriptor(opening: path, flags: O_RDONLY | O_NONBLOCK)
    let status = try FileStatus(of: descriptor, path)
    if status.isRegular {
      self = .regular(RegularFile(descriptor, path, status))
    } else if status.isPipe {
      self = .pipe(InputPipe(descriptor, path))
    } else {
      throw SystemError(
        call: "read", on: path, errno: status.isDirectory ? .isDirectory : .invalidArgument,
        advice: status.isDirectory ? nil : "name a file or a pipe")
    }
  }
}

/// The reading end of a pipe that has a path.
public struct InputPipe: ~Copyable {
  private let descriptor: OwnedDescriptor
  private let path: String

  fileprivate init(_ descriptor: consuming OwnedDescriptor, _ path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Waits for bytes, and for a writer if there has been none.
  ///
  /// - Parameters:
  ///   - limit: The most bytes to read.
  ///   - deadline: Nanoseconds of ``MonotonicClock``; nil waits for ever.
  /// - Returns: What was read; empty at the end.
  /// - Throws: ``SystemError`` naming `read` and the path; `ETIMEDOUT` at the deadline.
  public borrowing func next(
    upTo limit: Int, until deadline: UInt64? = nil
  ) throws(SystemError) -> [UInt8] {
    // A pipe that no writer has opened yet is not readable: without the wait it would seem to end.
    while try Poller.wait(for: [descriptor.number, -1, -1, -1], until: deadline).isEmpty {
      guard deadline.map({ MonotonicClock.now() < $0 }) ?? true else {
        throw SystemError(call: "read", on: path, errno: .timedOut)
      }
    }
    do { return try descriptor.read(upTo: limit, until: deadline) } catch {
      throw SystemError(call: "read", on: path, errno: error.errno)
    }
  }
}

/// Whole files.
public enum HostFile {
  /// Whether there is a regular file of that path, or a link to one.
  public static func isRegular(_ path: String) -> Bool {
    var status = stat()
    // SAFETY: stat(2) reads the path and fills a local during the call.
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Demands that there is something of that path.
  ///
  /// - Throws: ``SystemError`` naming `open` and the path.
  public static func requirePresence(of path: String) throws(SystemError) {
    // SAFETY: the C library reads the path during the call.
    try check("open", on: path, unsafe access(path, F_OK))
  }

  /// Demands that a file of that path could be made in its folder.
  ///
  /// - Throws: ``SystemError`` naming `access` and the folder.
  public static func requireFolder(of path: String) throws(SystemError) {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
    // SAFETY: the C library reads the path during the call.
    try check("access", on: folder, unsafe access(folder, W_OK | X_OK))
  }

  /// Reads a regular file, or a pipe to its end.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - limit: The most bytes to accept.
  ///   - deadline: Nanoseconds of ``MonotonicClock``; nil waits for ever.
  /// - Returns: The contents, or nil if there are more than `limit` bytes; no more are read.
  /// - Throws: ``SystemError`` naming `open` or `read`, and the path; `ETIMEDOUT` at the deadline.
  public static func contents(
    of path: String, limit: Int, until deadline: UInt64? = nil
  ) throws(SystemError) -> [UInt8]? {
    switch try InputFile(opening: path) {
    case .regular(let file): try file.contents(limit: limit, until: deadline)
    case .pipe(let pipe): try pipe.contents(limit: limit, until: deadline)
    }
  }

  /// Writes a new file, or replaces an old one's contents; `-` is standard output.
  ///
  /// - Parameters:
  ///   - bytes: The new contents.
  ///   - path: The file's path.
  /// - Throws: ``SystemError`` naming `open` or `write`, and the path; `ENXIO` for a pipe that nothing reads.
  public static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
    try OutputFile(opening: path).write(bytes)
  }
}

extension RegularFile {
  /// Reads the file to its end.
  ///
  /// Its size is a lower bound: the kernel's own files say 0, and some have their reader wait.
  ///
  /// - Parameters:
  ///   - limit: The most bytes to accept.
  ///   - deadline: In nanoseconds of ``MonotonicClock``; nil waits for ever.
  /// - Returns: The contents, or nil if there are more than `limit` bytes.
  /// - Throws: ``SystemError`` naming `read` and the path.
  public borrowing func contents(
    limit: Int, until deadline: UInt64? = nil
  ) throws(SystemError) -> [UInt8]? {
    guard size <= UInt64(limit) else { return nil }
    var contents: [UInt8] = []
    try contents.demandRoom(for: Int(size), path)
    while true {
      let chunk: [UInt8]
      do { chunk = try descriptor.read(upTo: 1 << 16, until: deadline) } catch {
        throw SystemError(call: "read", on: path, errno: error.errno)
      }
      if chunk.isEmpty { return contents }
      guard contents.count + chunk.count <= limit else { return nil }
      try contents.demandRoom(for: chunk.count, path)
      contents += chunk
    }
  }
}

extension InputPipe {
  /// Reads the pipe to its end.
  ///
  /// - Parameters:
  ///   - limit: The most bytes to accept.
  ///   - deadline: Nanoseconds of ``MonotonicClock``; nil waits for ever.
  /// - Returns: The contents, or nil if there are more than `limit` bytes; no more are read.
  /// - Throws: ``SystemError`` naming `read` and the path; `ETIMEDOUT` at the deadline.
  public borrowing func contents(
    limit: Int, until deadline: UInt64? = nil
  ) throws(SystemError) -> [UInt8]? {
    var contents: [UInt8] = []
    // Once for all, if it can be had: the kernel gives pages as they are filled, and growing would take twice as many.
    try? contents.demandRoom(for: limit, "")
    while case let chunk = try next(upTo: 1 << 16, until: deadline), !chunk.isEmpty {
      guard contents.count + chunk.count <= limit else { return nil }
      try contents.demandRoom(for: chunk.count, "what comes in")
      contents += chunk
    }
    return contents
  }
}

/// The kernel and what it runs on.
public enum HostKernel {
  /// The kernel's release, as `uname -r` prints it; empty if that cannot be had.
  public static var release: String { word(in: "/proc/sys/kernel/osrelease") }

  /// The host's name, as `uname -n` prints it; empty if that cannot be had.
  public static var name: String { word(in: "/proc/sys/kernel/hostname") }

  private static func word(in path: String) -> String {
    let file = try? RegularFile(reading: path)
    guard let contents = try? file?.contents(limit: 256) else { return "" }
    return String(decoding: contents.prefix { $0 > 0x20 }, as: UTF8.self)
  }

  /// How many processors are at work.
  public static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
