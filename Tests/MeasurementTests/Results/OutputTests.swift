import JSON
import Measurement
import Testing

@Suite("Tables, pages, percentile files and traces")
struct OutputTests {
  private let result: MeasurementResult

  init() throws {
    result = try SampleResult.result("a <b> & \"c\"", seed: 11, count: 1100)
  }

  private func parse(_ text: String) throws -> JSONNode { try JSONNode(parsing: Array(text.utf8)) }

  /// The numbers of a distribution in the JSON document, whole nanoseconds, in the tables' order.
  private func numbers(_ document: JSONNode) throws -> [Int64] {
    let durations = ["min", "p50", "p90", "p99", "p999", "max", "mean"].map { $0 + "Nanoseconds" }
    return try (["count"] + durations).map { name in
      switch try #require(document[name]).content {
      case .integer(let value): return value
      case .number(let value): return Int64(value.rounded())
      default: throw document.error("no number")
      }
    }
  }

  /// A table's text as whole numbers: microseconds with three decimals are nanoseconds.
  private func number(_ text: Substring) throws -> Int64 {
    let digits = text.split(separator: ".")
    #expect(digits.count == 1 || digits[1].count == 3)
    return try #require(Int64(digits.joined()))
  }

  /// The cells of the rows in a section of the page.
  private func rows(_ section: String) throws -> [[Substring]] {
    let start = try #require(result.html.split(separator: "<h2>\(section)</h2>").last)
    let table = try #require(start.split(separator: "</table>").first)
    return table.split(separator: "<tr>").dropFirst(2).map { row in
      row.matches(of: /<td[^>]*>(?:<em>)?([^<]*)/).map(\.output.1)
    }
  }

  @Test("the columns have the names of what stands in them")
  func columns() throws {
    let latency = ["count", "min", "p50", "p90", "p99", "p99.9", "max", "mean"]
    let verdicts = [
      "planned", "delivered", "late", "merged", "lost", "early", "runs", "duplicated", "spurious",
    ]
    let stages = ["count", "p50", "p99", "mean", "share %", "clipped"]
    for (title, columns) in [
      ("latency, \u{b5}s", latency), ("verdicts", verdicts), ("stage", stages),
    ] {
      #expect(result.html.contains(columns.map { "<th>\($0)</th>" }.joined() + "</tr></thead>"))
      let heads = result.text.split(separator: "\n").filter { $0.hasPrefix("  \(title)  ") }
      let words = heads.flatMap { $0.dropFirst(title.count + 2).split(separator: "  ") }
        .map { $0.trimmingPrefix(" ") }
      #expect(words.prefix(columns.count) == columns[...].map { $0[...] }[...], "\(title)")
    }
  }

  @Test(
    "no line of a table is wider than a terminal, and a table that is cut names its rows again")
  func width() throws {
    // What is not a table is a sentence, which a terminal wraps.
    for line in result.text.split(separator: "\n") where !line.hasSuffix(".") {
      #expect(line.count <= 80, "\(line)")
    }
    let name = "  count-compare, inject, adaptive  "
    #expect(result.text.split(separator: "\n").count { $0.hasPrefix(name) } >= 5)
    let wide = Series(name: String(repeating: "x", count: 100), configuration: [])
    // A column a part, and no endless cutting.
    #expect(MeasurementResult(host: [], series: [wide]).text.contains("p99.9"))
  }

  @Test("a percentile of fewer values than say anything of it is not given")
  func fewValues() throws {
    let interrupts = try SampleResult.interrupts(50, seed: 3, waking: 6000, hasFaults: false)
    let series = try SampleResult.series("inject", "spin", interrupts)
    let few = MeasurementResult(host: [], series: [series])
    let latency = try #require(try parse(few.json.text())["series"]?.elementNodes.first?["latency"])
    #expect(latency["p90Nanoseconds"]?.value != .null)
    #expect(latency["p99Nanoseconds"]?.value == .null && latency["p999Nanoseconds"]?.value == .null)
    let cells = few.text.split(separator: "\n").filter { $0.contains(", inject, spin  ") }
      .flatMap { $0.split(separator: " ") }
    #expect(cells.count { $0 == "\u{2013}" } >= 2)
    #expect(few.html.contains("<td class=\"none\" data-of=\"p99\">\u{2013}</td>"))
  }

  @Test("the page's latencies are the JSON's, to the nanosecond")
  func pageLatencies() throws {
    guard case .array(let series) = try parse(result.json.text())["series"]?.content else {
      return #expect(Bool(false))
    }
    let rows = try rows("Latency")
    #expect(rows.count == 3)
    for (row, document) in zip(rows, series) {
      #expect(try row.map(number) == numbers(#require(document["latency"])))
    }
  }

  @Test("the page's verdicts are the JSON's")
  func pageVerdicts() throws {
    guard case .array(let series) = try parse(result.json.text())["series"]?.content else {
      return #expect(Bool(false))
    }
    for (row, document) in zip(try rows("Verdicts"), series) {
      guard case .object(let verdicts) = try #require(document["verdicts"]).content else {
        continue
      }
      #expect(row.map { .integer(Int64($0) ?? -1) } == verdicts.map(\.node.value))
      #expect(row.count == 9)
    }
  }

  @Test("the page's stages are the JSON's, and so are the table's for people")
  func pageStages() throws {
    guard case .array(let series) = try parse(result.json.text())["series"]?.content,
      case .array(let stages) = try #require(series.first?["stages"]).content
    else { return #expect(Bool(false)) }
    let rows = try rows("Where the time goes")
    #expect(rows.count == 7)
    for (row, stage) in zip(rows, stages) {
      let times = try numbers(#require(stage["times"]))
      #expect(try row.prefix(4).map(number) == [times[0], times[2], times[4], times[7]])
      if case .number(let share) = try #require(stage["share"]).content {
        let percent = try #require(Double(row[4]))
        #expect(abs(percent - share * 100) <= 0.05 + 1e-9)
      }
      let cells = row.joined(separator: " ")
      #expect(
        result.text.split(separator: "\n").contains {
          $0.split(separator: " ").joined(separator: " ").hasSuffix(cells)
        })
    }
  }

  @Test("the page is self-contained, without script, and escapes what comes from outside")
  func page() throws {
    let page = result.html
    for word in ["http:", "https:", "<script", "src=", "url(", "@import", "a <b>"] {
      #expect(!page.contains(word), "\(word)")
    }
    #expect(page.contains("a &lt;b&gt; &amp; &quot;c&quot;"))
    for tag in ["section", "table", "div", "span", "svg", "dl", "p", "i", "b", "em", "figure"] {
      let opened = page.matches(of: try Regex("<\(tag)[ >]")).count
      #expect(opened == page.split(separator: "</\(tag)>").count - 1, "\(tag)")
    }
    let hostile = Series(
      name: "<script>alert(1)</script>", configuration: [.init("<x>", "</style>")])
    let escaped = MeasurementResult(host: [.init("<h>", "<y>")], series: [hostile]).html
    for word in ["<script", "<x>", "<h>", "<y>"] { #expect(!escaped.contains(word), "\(word)") }
    #expect(escaped.split(separator: "</style>").count == 2)
  }

  @Test("a page of many series shows each of them")
  func manySeries() throws {
    let interrupts = try SampleResult.interrupts(200, seed: 1, waking: 6000)
    let series = try (0..<30).map { try SampleResult.series("route \($0)", "spin", interrupts) }
    let page = MeasurementResult(host: [], series: series).html
    // A curve a series, and over time two.
    #expect(page.split(separator: "<path").count - 1 == 30 + 2 * 30)
    #expect(page.split(separator: "<figure>").count - 1 == 5)
    #expect(page.contains(">A1</b>") && page.contains(">D1</b>"))
  }

  @Test("a page grows with its result, not with series times settings")
  func manySettings() throws {
    let series = (0..<100).map { number in
      let own = (0..<100).map { JSONValue.Member("\(number).\($0)", JSONValue($0)) }
      return Series(name: "\(number)", configuration: [.init("timer", "generic")] + own)
    }
    let page = MeasurementResult(host: [], series: series).html
    #expect(page.contains("<dt>99.99</dt><dd>99</dd>"))
    #expect(page.split(separator: "<dt>timer</dt><dd>generic</dd>").count == 2)
    #expect(page.utf8.count < 2 << 20)
  }

  @Test("a percentile file has the form that plotters read, and agrees with the distribution")
  func percentileFile() throws {
    let latency = result.series[1].latency
    let lines = latency.percentileFile.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines[0].split(separator: " ") == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"])
    #expect(lines[1] == "")
    let data = lines.dropFirst(2).prefix { !$0.hasPrefix("#") }.map { $0.split(separator: " ") }
    #expect(data.dropLast().allSatisfy { $0.count == 4 } && data.last?.count == 3)
    #expect(data.last?[1] == "1.000000000000" && data.last?[2] == "\(latency.count)")
    for row in data.dropLast() {
      let quantile = try #require(Double(row[1]))
      #expect(abs(try #require(Double(row[3])) * (1 - quantile) - 1) < 0.01)
      let below = latency.buckets.filter { Double($0.value) / 1000 <= Double(row[0]) ?? 0 }
      #expect(below.reduce(0) { $0 + $1.count } == UInt64(row[2]))
      #expect(Double(row[2]) ?? 0 >= quantile * Double(latency.count) - 1e-6)
    }
    let median = try #require(data.first { $0[1] == "0.500000000000" })
    #expect(try number(median[0]) == Int64(try #require(latency.value(at: .p50))))
    let footer = lines.drop { !$0.hasPrefix("#") }
    #expect(
      footer.map { $0.filter { !" 0123456789.".contains($0) } } == [
        "#[Mean=,StdDeviation=]", "#[Max=,Totalcount=]", "#[Buckets=,SubBuckets=]", "",
      ])
  }

  @Test("there is a percentile file for every latency and stage, and their names are files' names")
  func percentileFiles() {
    let names = result.percentileFiles.map(\.name)
    #expect(names.count == 3 + 7 + 7 && Set(names).count == names.count)
    #expect(names.first == "1-count-compare-inject-adaptive-latency.hgrm")
    #expect(names[1] == "1-count-compare-inject-adaptive-host-wake-up.hgrm")
    let odd = Series(name: "../Gr\u{f6}\u{df}e/\u{0}", configuration: [])
    let files = MeasurementResult(host: [], series: [odd]).percentileFiles
    #expect(files.map(\.name) == ["1-Gr-e-latency.hgrm"])
    #expect(files[0].text == nil)
    #expect(result.percentileFiles.allSatisfy { $0.text != nil })
  }

  private func nanoseconds(_ event: JSONNode, _ name: String) throws -> Int64 {
    guard case .number(let microseconds) = try #require(event[name]).content else {
      throw event.error("no number")
    }
    return Int64((microseconds * 1000).rounded())
  }

  @Test("a trace has a track a stage, whose pieces join and are the records' to the nanosecond")
  func trace() throws {
    let interrupts = try SampleResult.interrupts(1500, seed: 2, waking: 50_000)
    var trace = ChromeTrace(origin: 1_000_000)
    trace.add(interrupts, name: "vCPU 0")
    trace.add(interrupts, name: "vCPU 1")
    guard case .array(let events) = try parse(trace.text)["traceEvents"]?.content else {
      return #expect(Bool(false))
    }
    let (metadata, rest) = (
      events.filter { $0["ph"]?.value == "M" }, events.filter { $0["ph"]?.value != "M" }
    )
    #expect(metadata.count == 2 * (1 + 2 * 8))
    let names = metadata.filter { $0["name"]?.value == "thread_name" && $0["pid"]?.value == 10 }
    #expect(names.compactMap { $0["args"]?["name"]?.value }.first == "deadlines")
    let own = interrupts.outcomes.indices.filter { interrupts.outcomes[$0].hasOwnRun }
    let complete = rest.filter { $0["ph"]?.value == "X" && $0["pid"]?.value == 20 }
    let pieces = own.flatMap { number in
      interrupts.records[number].pieces.map { (interrupts.records[number].planned, $0) }
    }
    #expect(complete.count == pieces.count)
    var ends: [Stage: Int64] = [:]
    for (event, (planned, piece)) in zip(complete, pieces) {
      #expect(event["tid"]?.value == JSONValue(21 + piece.stage.rawValue))
      #expect(event["args"]?["nanoseconds"]?.value == JSONValue(piece.duration))
      let (start, length) = (try nanoseconds(event, "ts"), try nanoseconds(event, "dur"))
      let free = ends[piece.stage] ?? .min
      #expect(start == max(Int64(planned) - 1_000_000 + piece.start, free))
      #expect(
        start + length == max(Int64(planned) - 1_000_000 + piece.start + piece.duration, free))
      ends[piece.stage] = start + length
    }
    let instants = rest.filter { $0["ph"]?.value == "i" && $0["pid"]?.value == 10 }
    #expect(instants.count { $0["name"]?.value == "lost" } == 2)
    #expect(instants.count { $0["name"]?.value == "spurious" } == interrupts.verdicts.spurious)
    #expect(instants.count { $0["tid"]?.value == 11 } == 1500)
  }
}

extension JSONNode {
  fileprivate var elementNodes: [JSONNode] {
    if case .array(let nodes) = content { nodes } else { [] }
  }
}
