import JSON
import TestSupport
import Testing

@testable import Measurement

@Suite("Latency over time, and runs apart")
struct HistoryTests {
  @Test("slots have what was planned in their time, and double before there are too many")
  func slots() {
    var history = LatencyHistory()
    let width = LatencyHistory.widthMin
    for slot in 0..<256 { history.record(Int64(slot), at: UInt64(slot) * width) }
    #expect(history.slots.count == 256 && history.width == width)
    #expect(history.slots[7] == LatencyHistory.Slot(count: 1, sum: 7, maximum: 7))
    history.record(1000, at: 256 * width)
    #expect(history.slots.count == 129 && history.width == 2 * width)
    #expect(history.slots[3] == LatencyHistory.Slot(count: 2, sum: 13, maximum: 7))
    #expect(history.slots[128] == LatencyHistory.Slot(count: 1, sum: 1000, maximum: 1000))
    history.record(5, at: .max)
    #expect(history.slots.count <= 256 && history.width == LatencyHistory.widthMax)
    #expect(history.slots.reduce(0) { $0 + $1.count } == 258)
  }

  @Test("the order of recording does not show")
  func order() {
    var random = SplitMix64(seed: 3)
    let values = (0..<2000).map { _ in
      (Int64(random.next() % 1_000_000), random.next() % 10_000_000_000)
    }
    var (one, other) = (LatencyHistory(), LatencyHistory())
    for (latency, offset) in values { one.record(latency, at: offset) }
    for (latency, offset) in values.reversed() { other.record(latency, at: offset) }
    #expect(one == other)
  }

  @Test("runs stay apart when results are merged, and add up to the series")
  func runs() throws {
    var merged = try SampleResult.result("a", seed: 1)
    for seed in [5, 9] { try merged.merge(SampleResult.result("a", seed: UInt64(seed))) }
    let series = merged.series[1]
    #expect(series.runs.count == 3 && Series.doRuns(series.runs, addUpTo: series.latency))
    #expect(series.runs[2].latency == (try SampleResult.result("a", seed: 9)).series[1].latency)
    #expect(try MeasurementResult(JSONNode(parsing: Array(merged.json.text().utf8))) == merged)
    #expect(merged.html.split(separator: "class=\"run\"").count - 1 == 3 * 2)
  }

  @Test("a document of before has no runs, and its merge has none, either")
  func older() throws {
    let text = try SampleResult.result("a", seed: 1, count: 50).json.text()
    let old = text.replacing(/"runs":\[\{"history":\{[^}]*\}\}\],/, with: "")
    #expect(old != text)
    var result = try MeasurementResult(JSONNode(parsing: Array(old.utf8)))
    #expect(result.series.allSatisfy { $0.runs.isEmpty } && result.json.text() == old)
    #expect(result.html.contains("This result has no course of time."))
    try result.merge(MeasurementResult(JSONNode(parsing: Array(text.utf8))))
    #expect(result.series.allSatisfy { $0.runs.isEmpty })
  }

  @Test(
    "a history that cannot be is refused",
    arguments: [
      ("\"slots\":\"", "\"slots\":\"1:0:0 ", "contradicts"),
      ("\"slots\":\"", "\"slots\":\"1:1 ", "is not a slot"),
      ("\"slots\":\"", "\"slots\":\"\(String(repeating: "0:0:0 ", count: 300))", "is not a slot"),
      ("\"slots\":\"", "\"slots\":\"\(String(repeating: "0:0:0 ", count: 256))", "is not a slot"),
      ("\"slots\":\"", "\"slots\":\"18446744073709551615:18446744073709551615:1 ", "contradicts"),
      ("\"slotNanoseconds\":1048576", "\"slotNanoseconds\":1048577", "contradicts"),
      ("\"slotNanoseconds\":1048576", "\"slotNanoseconds\":2097152", "contradicts"),
      ("\"slotNanoseconds\":1048576", "\"slotNanoseconds\":0", "contradicts"),
      ("\"runs\":[", "\"runs\":[0,", "2 runs of 1 sources"),
      ("\"runs\":[", "\"runs\":[],\"rums\":[", "do not add up"),
    ])
  func malformed(text: String, replacement: String, problem: String) throws {
    let result = MeasurementResult(host: [], series: [try CauseTests.series()])
    let document = result.json.text().replacing(text, with: replacement, maxReplacements: 1)
    let error = try #require(throws: JSONError.self) {
      try MeasurementResult(JSONNode(parsing: Array(document.utf8)))
    }
    #expect(error.problem.contains(problem), "\(error)")
  }

  @Test("a page shows where a burst was")
  func page() throws {
    let page = MeasurementResult(host: [], series: [try CauseTests.series()]).html
    #expect(page.contains("<h2>Over time</h2>") && page.contains("class=\"chart low\""))
    #expect(page.split(separator: "<path").count - 1 == 3)
  }
}
