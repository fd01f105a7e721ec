internal import JSON

/// What `cyclictest --histogram=N --json` writes: per thread how late it woke, in whole microseconds, or in
/// nanoseconds where it says so.
///
/// *Not every value need be in the histogram:* those of N and more are only counted, by `cycles`. They count
/// here as the maximum, and the series says how many they are.
struct Cyclictest {
  private let host: [JSONValue.Member]
  private var series: [Series] = []

  var result: MeasurementResult { MeasurementResult(host: host, series: series) }

  /// Reads the document.
  ///
  /// - Throws: ``JSONError`` with the place of what is missing, malformed or contradictory.
  init(_ node: JSONNode) throws(JSONError) {
    guard let threads = node["thread"] else {
      throw node.error(
        "neither a result of swvmm measure nor of cyclictest: there is no \"thread\"")
    }
    let members = try threads.members()
    guard members.count <= MeasurementResult.seriesCountMax else {
      throw threads.error("more than \(MeasurementResult.seriesCountMax) threads")
    }
    // rt-tests writes this name with a colon, too.
    let known = ["release", "version", "machine"]
    host =
      [.init("tool", "cyclictest")]
      + known.compactMap { name in Self.text(node["sysinfo"]?[name]).map { .init(name, $0) } }
      + ["cmdline", "cmdline:"].compactMap { name in
        Self.text(node[name]).map { .init("command", $0) }
      }.prefix(1)
    let isNanoseconds = node["resolution_in_ns"]?.value == .integer(1)
    for thread in members {
      series.append(try Self.series(thread.name, thread.node, unit: isNanoseconds ? 1 : 1000))
    }
  }

  private static func text(_ node: JSONNode?) -> JSONValue? {
    guard case .string = node?.content else { return nil }
    return node?.value
  }

  private static func series(
    _ name: String, _ thread: JSONNode, unit: UInt64
  ) throws(JSONError) -> Series {
    guard let histogram = thread["histogram"] else {
      throw thread.error("thread \(name) has no histogram: run cyclictest with --histogram=N")
    }
    let maximum = try thread.member("max").count()
    let cycles = try thread["cycles"]?.count() ?? 0
    let steps = try histogram.members().map { step throws(JSONError) in
      (name: step.name, line: step.node.line, count: try step.node.count())
    }
    // Without the option rt-tests writes an empty one, and where all latencies are beyond it.
    guard !steps.isEmpty || cycles == 0 else {
      throw histogram.error(
        "the histogram of thread \(name) is empty: run cyclictest with --histogram=N, N above "
          + "the latencies")
    }
    var values = SteppedHistogram(unit: unit)
    do throws(ImportError) {
      for step in steps {
        guard let value = UInt64(step.name), value <= maximum else {
          throw ImportError(
            line: step.line, "\(step.name) is not a latency from 0 to the maximum, \(maximum)")
        }
        try values.add(value, times: step.count, line: step.line)
      }
      let beyond = cycles - min(cycles, values.latencies.count)
      try values.add(maximum, times: beyond, line: thread.line)
      return try Series(
        name: "cyclictest thread \(name)",
        configuration: [
          .init("tool", "cyclictest"), .init("from", "timer"), .init("to", "thread"),
          .init("cpu", thread["cpu"].map(\.value).flatMap(Self.setting) ?? .null),
          .init("beyondHistogram", JSONValue(beyond)),
        ], latencies: values.latencies, line: thread.line)
    } catch { throw JSONError(line: error.line, column: 1, problem: error.problem) }
  }

  private static func setting(_ value: JSONValue) -> JSONValue? {
    if case .integer = value { value } else { nil }
  }
}
