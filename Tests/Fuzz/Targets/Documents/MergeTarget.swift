import JSON
import Measurement

/// Results of measurements: read, merged, and written as text, JSON, percentile files and HTML.
///
/// *Reaches:* every member of a result, sums, every writer. *Does not reach:* measuring, and files by name.
enum MergeTarget: FuzzTarget {
  static let name = "merge"
  static let weight = 16

  static func run(_ input: [UInt8]) throws {
    // Two documents with a zero byte between them; one alone is merged with itself.
    let parts = input.split(separator: 0, maxSplits: 1).map(Array.init)
    guard let first = parts.first, var merged = result(first),
      let second = result(parts.count == 2 ? parts[1] : first)
    else { return }
    try check(merged)
    merged.nameSources("first")
    let before = merged
    do throws(MergeError) {
      try merged.merge(second)
    } catch {
      try promise(merged == before, "a merge that is refused changes the result")
      return try promise(!"\(error)".isEmpty, "a refusal without a reason")
    }
    try promise(
      merged.sources.count == before.sources.count + second.sources.count, "a source is missing")
    for series in merged.series {
      let parts = [before, second].compactMap { part in
        part.series.first { $0.name == series.name }?.verdicts
      }
      try promise(
        series.verdicts.planned == parts.reduce(0) { $0 + $1.planned }
          && series.verdicts.runs == parts.reduce(0) { $0 + $1.runs }, "verdicts do not add up")
    }
    try check(merged)
  }

  private static func result(_ bytes: [UInt8]) -> MeasurementResult? {
    (try? JSONNode(parsing: bytes)).flatMap { try? MeasurementResult($0) }
  }

  /// Verdicts add up, every writer ends, and what is written reads back as the same result.
  private static func check(_ result: MeasurementResult) throws {
    for series in result.series {
      let verdicts = series.verdicts
      let deadlines = Verdict.allCases.reduce(0) { $0 + verdicts[$1] }
      try promise(deadlines == verdicts.planned, "deadlines do not add up")
    }
    let text = Array(result.json.text().utf8)
    try promise(Self.result(text) == result, "a written result reads back as another")
    try promise(!result.text.isEmpty && !result.html.isEmpty, "a result without text")
    try promise(
      result.percentileFiles.allSatisfy { !$0.name.contains("/") },
      "a percentile file's name leads into another folder")
  }

  static func seeds() throws -> [[UInt8]] {
    let results = try [1, 7].map { Array(try result(interrupts: $0).json.text().utf8) }
    return [results[0], results[1], results[0] + [0] + results[1]]
  }

  /// A small result with every verdict and stage.
  private static func result(
    interrupts: UInt64, host: [JSONValue.Member] = [.init("kernel", "6.12")],
    configuration: [JSONValue.Member] = [.init("timer", "count-compare")]
  ) throws -> MeasurementResult {
    var records = (0..<interrupts).map { InterruptRecord(planned: 1_000_000 * ($0 + 1)) }
    for index in records.indices {
      for (number, stage) in [Stage.hostWake, .threadRunning, .injected, .acknowledged].enumerated()
      {
        records[index][stage] = records[index].planned + UInt64(number) * 900
      }
    }
    let runs = records.enumerated().filter { $0.offset % 5 != 3 }.map {
      HandlerRun(at: $1.planned + 3000 + UInt64($0) * 40_000, deadlines: $0...$0)
    }
    var series = Series(name: "one", configuration: configuration)
    try series.add(
      JudgedInterrupts(
        records: records, runs: runs,
        rules: VerdictRules(budget: 100_000, earlyWindow: 100_000)))
    series.processor = ProcessorUse(elapsed: 1 << 40, busy: 1 << 39, spinning: 5)
    return MeasurementResult(host: host, series: [series])
  }

  static var largeInputs: [LargeInput] {
    func members(_ count: Int) -> [JSONValue.Member] {
      (0..<count).map { .init("m\($0)", JSONValue($0)) }
    }
    func input(_ result: MeasurementResult?) -> [UInt8] {
      result.map { Array($0.json.text().utf8) } ?? []
    }
    return [
      LargeInput("20000-members-of-a-host") {
        input(try? result(interrupts: 3, host: members(20_000)))
      },
      LargeInput("20000-settings") {
        input(try? result(interrupts: 3, configuration: members(20_000)))
      },
      LargeInput("1000-series-of-200-settings") {
        input(
          MeasurementResult(
            host: [],
            series: (0..<MeasurementResult.seriesCountMax).map { number in
              Series(
                name: "\(number)",
                configuration: (0..<200).map { .init("m\($0)", JSONValue($0 + number)) })
            }))
      },
      LargeInput("1000-series-of-other-settings") {
        input(
          MeasurementResult(
            host: [],
            series: (0..<MeasurementResult.seriesCountMax).map { number in
              Series(
                name: "\(number)",
                configuration: (0..<200).map { .init("s\(number)-\($0)", JSONValue($0)) })
            }))
      },
      LargeInput("200-series") {
        input(
          MeasurementResult(
            host: [], series: (0..<200).map { Series(name: "\($0)", configuration: []) }))
      },
    ]
  }
}
