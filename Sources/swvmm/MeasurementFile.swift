import JSON
import LinuxHost
import Measurement

/// Files of measurements, as commands are given them.
enum MeasurementFile {
  /// Reads a result of this program's.
  ///
  /// - Parameters:
  ///   - file: A file or a pipe.
  ///   - timeout: How long a pipe may take.
  /// - Returns: The result; the file is its source.
  /// - Throws: ``Failure`` that names the file: 65 where it is no result, 66 where there is none.
  static func result(in file: String, timeout: TimeSpan) throws -> MeasurementResult {
    let bytes = try contents(of: file, timeout: timeout)
    do {
      var result = try MeasurementResult(JSONNode(parsing: bytes))
      result.nameSources(file)
      return result
    } catch {
      throw Failure(.badImage, "\(file): \(error)")
    }
  }

  /// Reads what a tool of another's printed, or a result of this program's.
  ///
  /// - Parameters:
  ///   - file: A file or a pipe.
  ///   - kilohertz: The TSC's frequency, for figures in cycles.
  ///   - timeout: How long a pipe may take.
  /// - Returns: The result; the file is its source.
  /// - Throws: ``Failure`` as ``result(in:timeout:)``.
  static func anyResult(
    in file: String, kilohertz: Int?, timeout: TimeSpan
  ) throws -> MeasurementResult {
    let bytes = try contents(of: file, timeout: timeout)
    do {
      var result = try MeasurementResult(importing: bytes, kilohertz: kilohertz)
      result.nameSources(file)
      return result
    } catch {
      throw Failure(.badImage, "\(file): \(error)")
    }
  }

  /// Reads a file's bytes.
  ///
  /// - Throws: ``Failure`` as ``result(in:timeout:)``.
  static func contents(of file: String, timeout: TimeSpan) throws -> [UInt8] {
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
