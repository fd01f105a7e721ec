import JSON
import Measurement
import TestSupport
import Testing

/// What other programs read, by the rules of the formats.
@Suite("Measurement's formats")
struct FormatTests {
  private static let hostile = "a\u{1b}[31m\u{0}\u{9b}\n]]> <b> & \"c\" \u{202e}"

  @Test(
    "Chrome trace: each event's fields by the Trace Event Format, and ids that mean nothing else")
  func chromeTrace() throws {
    var trace = ChromeTrace(origin: 1_000_000)
    for number in 0..<12 {
      trace.add(
        try SampleResult.interrupts(number == 0 ? 1500 : 20, seed: UInt64(number), waking: 50_000),
        name: Self.hostile)
    }
    let document = try JSONNode(parsing: Array(trace.text.utf8))
    guard case .array(let events) = try #require(document["traceEvents"]).content else {
      return #expect(Bool(false), "no array")
    }
    func number(_ event: JSONNode, _ name: String) -> Double? {
      switch event[name]?.content {
      case .integer(let value)?: Double(value)
      case .number(let value)?: value
      default: nil
      }
    }
    var processes: Set<Double> = []
    var threads: [Double: Double] = [:]
    for event in events {
      guard case .string(let phase)? = event["ph"]?.content, case .string? = event["name"]?.content,
        let process = number(event, "pid")
      else { return #expect(Bool(false), "\(event.line)") }
      // 0 is the kernel's idle process and thread.
      #expect(process > 0)
      processes.insert(process)
      if event["name"]?.content != .string("process_name") {
        let thread = try #require(number(event, "tid"))
        #expect(thread > 0)
        #expect(threads.updateValue(process, forKey: thread) ?? process == process, "\(thread)")
      }
      switch phase {
      case "M":
        let argument =
          event["name"]?.content == .string("thread_sort_index") ? "sort_index" : "name"
        #expect(event["args"]?[argument] != nil)
      case "X": #expect(try #require(number(event, "dur")) >= 0 && number(event, "ts") != nil)
      case "i": #expect(event["s"]?.content == .string("t") && number(event, "ts") != nil)
      default: Issue.record("phase \(phase)")
      }
      if phase != "M", case .string(let category)? = event["cat"]?.content {
        #expect(!category.isEmpty)
      } else {
        #expect(phase == "M")
      }
    }
    #expect(processes.count == 12 && threads.count == 12 * 8)
    // A thread whose id is its process's is the main thread.
    #expect(processes.isDisjoint(with: threads.keys))
  }

  @Test("percentile files: rows that a plotter reads, from a sample on; none without samples")
  func percentileFiles() throws {
    for count in [1, 2, 3, 1000] {
      let interrupts = try SampleResult.interrupts(count, seed: 1, waking: 6000, hasFaults: false)
      let series = try SampleResult.series("route", "spin", interrupts)
      for file in MeasurementResult(host: [], series: [series]).percentileFiles {
        let text = try #require(file.text, "\(file.name)")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        #expect(
          lines[0].split(separator: " ") == [
            "Value", "Percentile", "TotalCount", "1/(1-Percentile)",
          ])
        let rows = lines.dropFirst().filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ") }
        #expect(rows.count >= 2, "\(file.name)")
        var last = (value: 0.0, percentile: -1.0, count: 0.0)
        for row in rows {
          let numbers = row.compactMap { Double($0) }
          #expect(numbers.count == row.count && (3...4).contains(row.count), "\(row)")
          #expect(
            numbers[0] >= last.value && numbers[1] > last.percentile && numbers[2] >= last.count)
          last = (numbers[0], numbers[1], numbers[2])
        }
        #expect(last.percentile == 1)
        #expect(lines.suffix(3).allSatisfy { $0.hasPrefix("#[") && $0.hasSuffix("]") })
      }
    }
    let none = MeasurementResult(host: [], series: [Series(name: "none", configuration: [])])
    #expect(none.percentileFiles.map(\.text) == [nil])
  }

  @Test("the page is well-formed, and the tables are text, whatever a series is called")
  func hostileNames() throws {
    let interrupts = try SampleResult.interrupts(50, seed: 3, waking: 6000)
    var series = Series(
      name: Self.hostile, configuration: [.init(Self.hostile, .string(Self.hostile))])
    try series.add(interrupts)
    let result = MeasurementResult(
      host: [.init(Self.hostile, .string(Self.hostile))], series: [series])
    let page = try XMLElement(result.html, voidElements: ["meta"])
    #expect(page.name == "html")
    for text in [result.text, result.html, result.json.text(.pretty)] {
      #expect(
        text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    }
    #expect(result.text.contains(#"a\u{1b}[31m\u{0}\u{9b}\n]]>"#))
  }
}
