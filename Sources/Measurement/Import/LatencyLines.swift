internal import JSON

/// The lines `latency: N` of kvm-unit-tests' tscdeadline_latency, in cycles of the TSC, among any others.
///
/// A line may begin with what the test found out: `hit max: 100 < latency: 200`.
struct LatencyLines {
  let result: MeasurementResult

  /// Reads the lines.
  ///
  /// - Throws: ``ImportError`` where there is no such line, one is malformed, or the frequency is missing.
  init(_ text: TextLines, kilohertz: Int?) throws(ImportError) {
    let word = Array("latency: ".utf8)
    var latencies = LatencyHistogram()
    var (early, last): (UInt64, Int) = (0, 0)
    for (index, line) in text.lines.enumerated() {
      guard let start = Self.end(of: word, in: line) else { continue }
      last = index + 1
      guard let kilohertz else {
        throw ImportError(
          line: last, "latencies in cycles: say how fast the TSC was, with --tsc-khz")
      }
      let digits = line[start...].prefix { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }
      guard let cycles = Int64(String(decoding: digits, as: UTF8.self)) else {
        throw ImportError(line: last, "after \"latency: \" comes a number of cycles")
      }
      if cycles < 0 { early += 1 }
      let nanoseconds = UInt128(max(cycles, 0)) * 1_000_000 / UInt128(max(kilohertz, 1))
      guard nanoseconds <= LatencyHistogram.rangeMax else {
        throw ImportError(line: last, "a latency of more than an hour")
      }
      do { try latencies.record(UInt64(nanoseconds), times: 1) } catch {
        throw ImportError(line: last, "\(error)")
      }
    }
    guard last > 0 else {
      throw ImportError(
        line: 1,
        "neither cyclictest's JSON, nor columns of rtla timerlat hist, nor a line \"latency: N\"")
    }
    let series = try Series(
      name: "tscdeadline_latency",
      configuration: [
        .init("tool", "kvm-unit-tests"), .init("from", "timer"), .init("to", "handler"),
        .init("tscKilohertz", JSONValue(kilohertz ?? 0)), .init("negative", JSONValue(early)),
      ], latencies: latencies, line: last)
    result = MeasurementResult(host: [.init("tool", "kvm-unit-tests")], series: [series])
  }

  /// Where the line continues after its first occurrence of a word.
  private static func end(of word: [UInt8], in line: ArraySlice<UInt8>) -> Int? {
    line.indices.first { line[$0...].starts(with: word) }.map { $0 + word.count }
  }
}
