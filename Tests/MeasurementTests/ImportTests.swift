import JSON
import Measurement
import TestSupport
import Testing

@Suite("Results of other tools")
struct ImportTests {
  static let cyclictest = """
    {
      "file_version": 1,
      "cmdline:": "cyclictest -q -h 20 --json=x",
      "rt_test_version:": "2.50",
      "return_code": 0,
      "sysinfo": {"sysname": "Linux", "release": "6.12.1", "realtime": 0},
      "num_threads": 2,
      "resolution_in_ns": 0,
      "thread": {
        "0": {"histogram": {"2": 10, "3": 80, "9": 7}, "cycles": 100, "min": 2, "max": 812, "avg": 15.2,
              "cpu": 0, "node": 0},
        "1": {"histogram": {"4": 50}, "cycles": 50, "min": 4, "max": 4, "avg": 4.00, "cpu": 1, "node": 0}
      }
    }

    """

  static let timerlat = """
    # RTLA timerlat histogram
    # Time unit is microseconds (us)
    # Duration:   0 00:00:10
    Index   IRQ-000   Thr-000   Usr-000   IRQ-012   Thr-012   Usr-012
    0           276         0         0       100         0         0
    1           318        35         0         0        98         0
    7             0       559       590         0         2        98
    over:         0         3         7         0         0         2
    count:      594       597       597       100       100       100
    min:          0         1         7         0         1         7
    avg:          0         6         7         0         1         -
    max:          1        40        55         0         7         9
    ALL:        IRQ       Thr       Usr
    count:      694       697       697

    """

  private func read(_ text: String, kilohertz: Int? = nil) throws(ImportError) -> MeasurementResult
  {
    try MeasurementResult(importing: Array(text.utf8), kilohertz: kilohertz)
  }

  @Test("cyclictest's threads are series, and what is beyond its histogram counts as the maximum")
  func cyclictest() throws {
    let result = try read(Self.cyclictest)
    #expect(result.series.map(\.name) == ["cyclictest thread 0", "cyclictest thread 1"])
    let latency = result.series[0].latency
    #expect(latency.count == 100 && latency.minimum == 2000 && latency.maximum == 812_000)
    #expect(latency.sum == 1000 * (2 * 10 + 3 * 80 + 9 * 7 + 812 * 3))
    #expect(latency.value(at: .p50).map { $0 / 1000 } == 3)
    #expect(result.series[0].configuration.contains(.init("beyondHistogram", 3)))
    #expect(result.series[0].verdicts.planned == 100 && result.hasAll)
    let members: [String] = result.sources[0].host.map(\.name)
    #expect(members == ["tool", "release", "command"])
    let beyond = "cyclictest thread 0: 3 latencies were beyond the last step of the histogram"
    #expect(result.text.contains(beyond) && result.html.contains(beyond), "\(result.text)")
    #expect(!result.text.contains("cyclictest thread 1: "))
    let fine = try read(Self.cyclictest.replacing("in_ns\": 0", with: "in_ns\": 1"))
    #expect(fine.series[0].latency.maximum == 812)
  }

  @Test("timerlat's columns are series, with their unit")
  func timerlat() throws {
    let result = try read(Self.timerlat)
    #expect(
      result.series.map(\.name)
        == [0, 12].flatMap { cpu in
          ["interrupt", "thread", "user space"].map { "timerlat \($0), CPU \(cpu)" }
        })
    #expect(result.series.map(\.latency.count) == [594, 597, 597, 100, 100, 100])
    #expect(result.series.map(\.latency.maximum) == [1000, 40_000, 55_000, 0, 7000, 9000])
    let fine = try read(Self.timerlat.replacing("microseconds (us)", with: "nanoseconds (ns)"))
    #expect(fine.series[1].latency.maximum == 40)
    #expect(try read(Self.timerlat.replacing("\n", with: "\r\n")).series == result.series)
  }

  @Test("kvm-unit-tests' cycles become nanoseconds by the frequency that is given")
  func latencyLines() throws {
    let text =
      "enabling apic\nbreakmax=100\nlatency: 2400\nlatency: -7\nhit max: 100 < latency: 4800\n"
    let result = try read(text, kilohertz: 2_400_000)
    let latency = result.series[0].latency
    #expect(latency.count == 3 && latency.maximum == 2000 && latency.sum == 3000)
    #expect(result.series[0].configuration.contains(.init("negative", 1)))
  }

  @Test("a page of latencies that are all 0 has its axes")
  func nothingBetween() throws {
    #expect(try read("latency: -7\n", kilohertz: 1000).html.contains("Latency by percentile"))
  }

  @Test("a result of ours is one, too, and stands beside the others in the page")
  func ours() throws {
    var all = try read(Self.cyclictest)
    all.nameSources("c.json")
    let own = try SampleResult.result("here", seed: 1, count: 50)
    try all.append(try read(own.json.text(.pretty)))
    #expect(all.series.count == 5 && all.sources.count == 2)
    #expect(all.series[2].worst.allSatisfy { $0.source == 1 })
    #expect(all.series[2].latency == own.series[0].latency)
    #expect(try read(all.json.text()) == all)
    for name in ["cyclictest thread 1", "count-compare, irq-line, block"] {
      #expect(all.html.contains(name) && all.text.contains(name))
    }
    // The same names again get their file's in front, and then a number.
    var again = try read(Self.cyclictest)
    again.nameSources("d.json")
    try all.append(again)
    try all.append(again)
    #expect(
      all.series.suffix(4).map(\.name) == [
        "d.json: cyclictest thread 0", "d.json: cyclictest thread 1",
        "d.json: cyclictest thread 0 2", "d.json: cyclictest thread 1 2",
      ])
  }

  @Test(
    "what is none of these is refused at its line",
    arguments: [
      ("", "line 1: neither"), ("{}", "line 1: neither a result"), ("[1]", "line 1: neither"),
      ("{\"thread\": 3}", "an object is expected"),
      ("{\"thread\": {\"0\": {\"max\": 1}}}", "run cyclictest with --histogram"),
      // What rt-tests 2.4 writes without the option.
      (
        "{\"thread\": {\"0\": {\"histogram\": {      }, \"cycles\": 3979, \"min\": 9, \"max\": 6147}}}",
        "is empty: run cyclictest with --histogram=N, N above the latencies"
      ),
      (
        "{\"thread\": {\"0\":\n{\"max\": 1, \"histogram\": {\"2\": 1}}}}",
        "line 2: 2 is not a latency"
      ),
      ("{\"thread\": {\"0\": {\"max\": 1, \"histogram\": {\"1\": -1}}}}", "an integer from 0"),
      ("{\"thread\": {\"0\": {\"max\": 1, \"histogram\": {\"1\": 9999999999}}}}", "more than"),
      (
        "{\"thread\": {\"0\": {\"max\": 9999999999999, \"histogram\": {\"9999999999999\": 1}}}}",
        "an hour"
      ),
      (
        "{\"thread\": {\"0\": {\"max\": 9, \"cycles\": 3e3, \"histogram\": {}}}}",
        "an integer from 0"
      ),
      ("latency: 5\n", "line 1: latencies in cycles: say"),
      ("Index\n", "columns are expected"), ("Index IRQ-x\n", "not a column of rtla"),
      ("Index IRQ-0 IRQ-0\n", "two columns"), ("Index IRQ-0\n1 2 3\n", "line 2: 2 values for 1"),
      ("Index IRQ-0\n\nx 1\n", "line 3: x is neither"), ("Index IRQ-0\n1 -3\n", "not a number"),
      ("Index IRQ-0\nover: 3\n", "no max:"),
      ("Index IRQ-0\n18446744073709551615 1\n", "an hour"),
      ("Index IRQ-0\n1 18446744073709551615\n", "more than"),
    ])
  func malformed(text: String, problem: String) throws {
    let error = try #require(throws: ImportError.self) { try read(text) }
    #expect("\(error)".contains(problem), "\(error)")
  }

  @Test("a series that stands behind another result's keeps what was taken of it")
  func appended() throws {
    var series = Series(name: "one", configuration: [])
    series.advance = AdvanceTaken(nanoseconds: 7000, shortenedWaits: 3)
    series.deferredAlarms = 2
    var both = MeasurementResult(host: [], series: [Series(name: "one", configuration: [])])
    try both.append(MeasurementResult(host: [], series: [series]))
    let added = try #require(both.series.last)
    #expect(added.name == "one 2" && added.deferredAlarms == 2)
    #expect(added.advance == series.advance)
  }

  @Test("cycles beyond every bound are refused")
  func hostileCycles() throws {
    for text in [
      "latency: x", "latency: 99999999999999999999", "latency: 9223372036854775807", "latency: --1",
    ] {
      #expect(throws: ImportError.self, "\(text)") { try read(text, kilohertz: 1) }
    }
  }
}
