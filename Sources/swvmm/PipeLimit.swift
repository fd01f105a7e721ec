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
  func contents(of file: String) throws -> [UInt8] {
    do {
      let deadline = MonotonicClock.now() &+ timeout.nanoseconds
      guard let bytes = try HostFile.contents(of: file, limit: JSONNode.sizeMax, until: deadline)
      else {
        throw Failure(.badImage, "\(file): larger than \(JSONNode.sizeMax >> 20) MiB")
      }
      return bytes
    } catch let error as SystemError {
      throw Failure(reading: error)
    }
  }
}
