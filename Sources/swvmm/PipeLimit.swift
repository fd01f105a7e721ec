import ArgumentParser
import JSON
import LinuxHost

/// `--timeout` of commands that read documents: how long a pipe may take until it has ended.
struct PipeLimit: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Give up on a pipe that has not ended after this time; a number alone is of seconds. (default: 60s)
      """,
      valueName: "time"),
    transform: TimeSpan.timeout)
  var timeout = TimeSpan.seconds(60)

  /// Reads a document's bytes.
  ///
  /// - Parameter file: A file or a pipe.
  /// - Returns: All of them.
  /// - Throws: ``Failure`` that names the file: 65 where it is too large, 66 where there is none.
  func contents(of file: String) throws(Failure) -> [UInt8] {
    try Self.contents(of: file, within: timeout)
  }

  /// Reads a document's bytes.
  ///
  /// - Parameters:
  ///   - file: A file or a pipe.
  ///   - limit: The most bytes that it may have.
  ///   - time: How long a pipe may take until it has ended.
  /// - Returns: All of them.
  /// - Throws: ``Failure`` that names the file: 65 where it is too large, 66 where there is none.
  static func contents(
    of file: String, limit: Int = JSONNode.sizeMax, within time: TimeSpan = .seconds(60)
  ) throws(Failure) -> [UInt8] {
    let bytes: [UInt8]?
    do {
      let deadline = MonotonicClock.now() &+ time.nanoseconds
      bytes = try HostFile.contents(of: file, limit: limit, until: deadline)
    } catch { throw Failure(reading: error) }
    guard let bytes else { throw Failure(.badImage, "\(file): more than \(limit >> 20) MiB") }
    return bytes
  }
}
