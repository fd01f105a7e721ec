import JSON
import Measurement

/// Files of measurements, as commands are given them.
enum MeasurementFile {
  /// Reads a result of this program's.
  ///
  /// - Parameters:
  ///   - file: A file or a pipe.
  ///   - pipes: How long a pipe may take.
  /// - Returns: The result; the file is its source.
  /// - Throws: ``Failure`` that names the file: 65 where it is not a result, 66 where there is none.
  static func result(in file: String, within pipes: PipeLimit) throws -> MeasurementResult {
    try read(file, within: pipes) { try MeasurementResult(JSONNode(parsing: $0)) }
  }

  /// Reads what a tool of another's printed, or a result of this program's.
  ///
  /// - Parameters:
  ///   - file: A file or a pipe.
  ///   - kilohertz: The TSC's frequency, for figures in cycles.
  ///   - pipes: How long a pipe may take.
  /// - Returns: The result; the file is its source.
  /// - Throws: ``Failure`` as ``result(in:within:)``.
  static func anyResult(
    in file: String, kilohertz: Int?, within pipes: PipeLimit
  ) throws -> MeasurementResult {
    try read(file, within: pipes) { try MeasurementResult(importing: $0, kilohertz: kilohertz) }
  }

  private static func read(
    _ file: String, within pipes: PipeLimit, _ parse: ([UInt8]) throws -> MeasurementResult
  ) throws -> MeasurementResult {
    let bytes = try pipes.contents(of: file)
    do {
      var result = try parse(bytes)
      result.nameSources(file)
      return result
    } catch {
      throw Failure(.badImage, "\(file): \(error)")
    }
  }
}
