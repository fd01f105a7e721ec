import JSON
import Measurement
import TestSupport
import Testing

@Suite("Results: series, documents, merging")
struct ResultTests {
  private func read(_ text: String) throws -> MeasurementResult {
    try MeasurementResult(JSONNode(parsing: Array(text.utf8)))
  }

  @Test("a series counts what its interrupts say")
  func series() throws {
    let interrupts = try SampleResult.interrupts(5000, seed: 3, waking: 50_000)
    let series = try SampleResult.series("irq-line", "block", interrupts)
    let answered = zip(interrupts.records, interrupts.outcomes).filter { $1.hasOwnRun }
    let latencies = interrupts.outcomes.compactMap(\.latency).sorted()
    #expect(series.verdicts == interrupts.verdicts)
    #expect(series.verdicts[.lost] == 5 && series.verdicts.spurious == 3)
    #expect(series.latency.count == 4995)
    #expect(series.latency.maximum == latencies.last && series.latency.minimum == latencies.first)
    #expect(series.stages.map(\.stage) == Stage.allCases)
    #expect(series.stages.allSatisfy { $0.times.count == UInt64(answered.count) })
    #expect(series.worst.map(\.latency) == latencies.suffix(20).reversed())

    // The stages up to the handler add up to the latency, and their shares to 1.
    let sums = series.stages.filter { $0.stage <= .handler }.map(\.times.sum)
    #expect(sums.reduce(0, +) == series.latency.sum)
    let shares = Stage.allCases.compactMap(series.share)
    #expect(shares.count == 4 && abs(shares.reduce(0, +) - 1) < 1e-12)
    let handler = try #require(series.share(of: .handler))
    #expect(handler == Double(sums[3]) / Double(series.latency.sum))
    #expect(series.share(of: .lineLow) == nil)
  }

  @Test("merged deadlines have their latency, but no stages; early ones have neither in the stages")
  func mergedAndEarly() throws {
    var records = [1000, 2000, 3000].map { InterruptRecord(planned: $0) }
    (records[0][.injected], records[1][.injected], records[2][.injected]) = (1050, 2050, 2980)
    let interrupts = try JudgedInterrupts(
      records: records, runs: [HandlerRun(at: 2100), HandlerRun(at: 2990, deadlines: 2...2)],
      rules: VerdictRules(budget: 100, earlyWindow: 50))
    let series = try SampleResult.series("inject", "block", interrupts)
    #expect(interrupts.outcomes.map(\.verdict) == [.late, .merged, .early])
    #expect(interrupts.outcomes.map(\.latency) == [1100, 100, -10])
    #expect(series.latency.count == 3 && series.latency.belowRange == 1)
    #expect(series.latency.minimum == -10)
    #expect(series.stages.map(\.stage) == [.injected, .handler])
    #expect(series.stages.map(\.times.count) == [1, 1] && series.worst.map(\.deadline) == [0])
  }

  @Test("without a stamp on the way to the handler, no stage is said to have taken the time")
  func unstamped() throws {
    var record = InterruptRecord(planned: 1000)
    record[.acknowledged] = 1200
    let series = try SampleResult.series(
      "in-kernel", "none",
      JudgedInterrupts(
        records: [record], runs: [HandlerRun(at: 1100)], rules: SampleResult.rules))
    #expect(series.latency.count == 1)
    #expect(series.stages.map(\.stage) == [.acknowledged])
    #expect(series.worst.map { $0.pieces.map(\.stage) } == [[.handler, .acknowledged]])
  }

  @Test("what is out of order has no verdicts")
  func order() {
    #expect(throws: JudgementError.order(.planOutOfOrder(deadline: 1))) {
      try JudgedInterrupts(
        records: [2, 1].map { InterruptRecord(planned: $0) }, runs: [], rules: SampleResult.rules)
    }
  }

  @Test("a result is the same after writing and reading, however it is laid out")
  func roundTrip() throws {
    var result = try SampleResult.result("a \"host\" <&>", seed: 5, count: 600)
    #expect(try read(result.json.text(.pretty)) == result)
    #expect(try read(result.json.text(.compact)) == result)
    result = MeasurementResult(
      host: [], series: [Series(name: "empty", configuration: [.init("load", nil)])])
    #expect(try read(result.json.text()) == result)
  }

  @Test("a result that was ended early says so, in every form, and whatever it is merged with")
  func partial() throws {
    let whole = try SampleResult.result("whole", seed: 1)
    var partial = MeasurementResult(
      host: whole.sources[0].host, series: whole.series, isPartial: true)
    #expect(try read(partial.json.text()) == partial)
    #expect(!whole.json.text().contains("partial"))
    for text in [partial.text, partial.html] { #expect(text.contains("This result is partial")) }
    var merged = whole
    try merged.merge(partial)
    #expect(merged.isPartial)
    try partial.merge(whole)
    #expect(partial.isPartial && !whole.isPartial)
    let odd = partial.json.text().replacing("\"partial\":true", with: "\"partial\":false")
    #expect(throws: JSONError.self) { try read(odd) }
  }

  @Test("a result of the first version is read, and is the same in the present one")
  func firstVersion() throws {
    let result = try read(FirstVersion.document)
    #expect(result.sources.count == 2 && result.series[0].runs.count == 2)
    #expect(result.series[0].latency.count == 24 && result.series[0].worst.count == 2)
    let present = result.json.text()
    #expect(present.contains("\"version\":2") && present.contains("\"p99Nanoseconds\":null"))
    #expect(try read(present) == result)
    // The old names are none of the present version's, nor is a member that has both.
    let odd = FirstVersion.document.replacing("\"version\": 1", with: "\"version\": 2")
    #expect(throws: JSONError.self) { try read(odd) }
    let twice = FirstVersion.document.replacing(
      "\"min\": ", with: "\"minNanoseconds\": 1, \"min\": ", maxReplacements: 1)
    let error = try #require(throws: JSONError.self) { try read(twice) }
    #expect(error.problem.contains("contradict"), "\(error)")
  }

  @Test("several vCPUs are added up, and each is known apart, merged or read")
  func vcpus() throws {
    func result(_ seed: UInt64, _ count: Int = 3) throws -> MeasurementResult {
      var series = Series(name: "s", configuration: [])
      for vcpu in 0..<count {
        try series.add(
          SampleResult.interrupts(1100, seed: seed + UInt64(vcpu), waking: 6000),
          isOneOfSeveral: true)
      }
      return MeasurementResult(host: [], series: [series])
    }
    var whole = try result(1)
    let series = whole.series[0]
    #expect(series.vcpus.count == 3 && series.verdicts.planned == 3300)
    #expect(series.vcpus.map(\.verdicts.planned) == [1100, 1100, 1100])
    #expect(series.vcpus.map(\.latency.count).reduce(0, +) == series.latency.count)
    #expect(Set(series.worst.map(\.vcpu)) == [0, 1, 2])
    #expect(try read(whole.json.text()) == whole)
    #expect(whole.text.contains("s: by vCPU") && whole.html.contains("<th>vCPU 2</th>"))

    try whole.merge(try result(7))
    #expect(whole.series[0].vcpus.map(\.verdicts.planned) == [2200, 2200, 2200])
    #expect(try read(whole.json.text()) == whole)
    try whole.merge(try result(9, 2))
    #expect(whole.series[0].vcpus.isEmpty)

    let text = try result(1).json.text()
    let vcpus = try #require(text.split(separator: "\"vcpus\":").last)
    let changed = text.replacing(vcpus, with: vcpus.replacing("\"late\":", with: "\"late\":1"))
    #expect(throws: JSONError.self) { try read(changed) }
  }

  @Test("merging results is measuring all their interrupts at once")
  func merging() throws {
    var merged = try SampleResult.result("first", seed: 1)
    merged.nameSources("a.json")
    var second = try SampleResult.result("second", seed: 40)
    second.nameSources("b.json")
    try merged.merge(second)

    let whole = try SampleResult.series(
      "irq-line", "block", SampleResult.interrupts(1200, seed: 2, waking: 50_000),
      SampleResult.interrupts(1200, seed: 41, waking: 50_000))
    let series = merged.series[1]
    #expect(series.latency == whole.latency && series.verdicts == whole.verdicts)
    #expect(series.stages == whole.stages)
    #expect(series.worst.map(\.latency) == whole.worst.map(\.latency))
    #expect(Set(series.worst.map(\.source)) == [0, 1])
    #expect(series.processor.elapsed == 20_000_000_000 && series.stamping.stamps == 240_000)
    #expect(merged.sources.map(\.file) == ["a.json", "b.json"])
    #expect(!merged.hasAll)
    #expect(try read(merged.json.text()) == merged)

    // The order of merging shows in nothing but the sources.
    var other = second
    try other.merge(try read(SampleResult.result("first", seed: 1).json.text()))
    #expect(other.series.map(\.latency) == merged.series.map(\.latency))
    #expect(other.series.map(\.verdicts) == merged.series.map(\.verdicts))
  }

  @Test("results that do not fit together say what differs, and stay as they were")
  func unmergeable() throws {
    var result = try SampleResult.result("host", seed: 1, count: 100)
    let before = result
    let interrupts = try SampleResult.interrupts(10, seed: 1, waking: 6000)
    let some = MeasurementResult(host: [], series: Array(result.series.dropLast()))
    #expect(throws: MergeError.seriesMissing("count-compare, in-kernel, none", isInFirst: true)) {
      try result.merge(some)
    }
    let foreign = MeasurementResult(
      host: [], series: [try SampleResult.series("msi", "spin", interrupts)])
    #expect(throws: MergeError.seriesMissing("count-compare, msi, spin", isInFirst: false)) {
      try result.merge(foreign)
    }
    var changed = try read(
      result.json.text().replacing("\"guest\":\"halted\"", with: "\"guest\":\"busy\""))
    let name = "count-compare, inject, adaptive"
    let difference = MergeError.configuration(
      series: name, setting: "guest", first: "halted", second: "busy")
    #expect(throws: difference) { try result.merge(changed) }
    #expect("\(difference)".hasPrefix("\(name): guest is \"halted\" in the first result"))
    changed = try read(result.json.text().replacing("\"guest\":\"halted\",", with: ""))
    #expect(
      throws: MergeError.configuration(
        series: name, setting: "guest", first: "halted", second: nil)
    ) { try result.merge(changed) }
    #expect(result == before)
    #expect(
      throws: MergeError.configuration(
        series: name, setting: "guest", first: nil, second: "halted")
    ) { try changed.merge(result) }
  }

  @Test(
    "a document that contradicts itself, or is none, is refused at its line",
    arguments: [
      ("\"version\": 2", "\"version\": 3", "schema version 3"),
      ("swvmm-measurement", "other", "not a result of swvmm measure"),
      ("\"p99Nanoseconds\": ", "\"p99Nanoseconds\": 1", "follows from the rest"),
      ("\"meanNanoseconds\": ", "\"meanNanoseconds\": 1", "follows from the rest"),
      ("\"planned\": ", "\"planned\": 1", "have a verdict"),
      ("\"runs\": ", "\"runs\": 1", "runs have a verdict"),
      ("\"delivered\": ", "\"delivered\": -", "between 0 and 2^53"),
      ("\"sumNanoseconds\": \"", "\"sumNanoseconds\": \"9", "contradict"),
      ("\"sumNanoseconds\": \"", "\"sumNanoseconds\": \"x", "a sum is a whole number"),
      ("\"minNanoseconds\": ", "\"minNanoseconds\": 1", "contradict"),
      ("\"maxNanoseconds\": ", "\"maxNanoseconds\": 1", "contradict"),
      ("\"aboveRange\": 0", "\"aboveRange\": 1", "contradict"),
      ("\"buckets\": \"", "\"buckets\": \"1:1 ", "contradict"),
      ("\"buckets\": \"", "\"buckets\": \"1.5:1 ", "not a bucket"),
      ("\"buckets\": \"", "\"buckets\": \"18446744073709551615:1 ", "contradict"),
      ("\"stage\": \"handler\"", "\"stage\": \"lineLow\"", "order of the chain"),
      ("\"stage\": \"handler\"", "\"stage\": \"handlers\"", "no such stage"),
      ("\"verdict\": \"", "\"verdict\": \"un", "no such verdict"),
      ("\"source\": 0", "\"source\": 1", "there are 1 sources"),
      ("\"durationNanoseconds\": ", "\"durationNanoseconds\": -", "a duration is"),
      ("\"clipped\": ", "\"clipped\": 999", "more stamps than"),
      ("\"clipped\": ", "\"extra\": 0, \"clipped\": ", "not expected here"),
      ("\"load\": null", "\"load\": [1]", "a setting's value is expected here, not an array"),
      ("\"file\": null", "\"file\": 3", "a string is expected here"),
      ("\"spinShare\": 0.12", "\"spinShare\": 0.13", "follows from the rest"),
      ("\"stamping\"", "\"stampings\"", "stamping is expected here"),
    ])
  func malformed(text: String, replacement: String, problem: String) throws {
    let result = try SampleResult.result("host", seed: 9, count: 600)
    let document = result.json.text(.pretty).replacing(text, with: replacement, maxReplacements: 1)
    let error = try #require(throws: JSONError.self) { try read(document) }
    #expect(error.problem.contains(problem), "\(error)")
    #expect(error.line > 0)
  }

  @Test("counts beyond every bound are refused, and nothing traps")
  func hostileCounts() throws {
    let result = MeasurementResult(
      host: [], series: [Series(name: "s", configuration: [])])
    for buckets in ["0:2147483648", "0:2147483647 1:1", "1:0", "2049:1", "5:1 4:1", "5:1 5:1"] {
      let document = result.json.text().replacing(
        "\"minNanoseconds\":null", with: "\"minNanoseconds\":0"
      ).replacing("\"maxNanoseconds\":null", with: "\"maxNanoseconds\":0")
        .replacing("\"buckets\":\"\"", with: "\"buckets\":\"\(buckets)\"")
      #expect(throws: JSONError.self, "\(buckets)") { try read(document) }
    }
  }

  @Test("settings are compared and laid out in a time that grows as their number")
  func manySettings() throws {
    func result(_ count: Int) -> MeasurementResult {
      let settings = (0..<count).map { JSONValue.Member("setting \($0)", .integer(Int64($0))) }
      return MeasurementResult(
        host: settings, series: [Series(name: "s", configuration: settings)])
    }
    let ratio = try growth(from: 500, by: 8) { count in
      let result = result(count)
      var merged = try read(result.json.text())
      #expect(merged == result)
      try merged.merge(result)
      #expect(!merged.html.isEmpty)
    }
    #expect(ratio < 24)
    var other = result(100)
    #expect(throws: MergeError.self) { try other.merge(result(101)) }
  }

  @Test("a result whose table of settings would be far larger than itself is refused")
  func settingsOfManyNames() throws {
    func result(_ count: Int) -> MeasurementResult {
      MeasurementResult(
        host: [],
        series: (0..<64).map { number in
          Series(
            name: "\(number)",
            configuration: (0..<count).map { .init("\(number)-\($0)", .integer(0)) })
        })
    }
    #expect(try read(result(256).json.text()) == result(256))
    let error = try #require(throws: JSONError.self) { try read(result(257).json.text()) }
    #expect(error.problem.hasPrefix("64 series with 16448 settings"), "\(error)")
  }

  @Test("a result with too many series or worst interrupts is refused before one is looked at")
  func tooMany() throws {
    let result = MeasurementResult(host: [], series: [Series(name: "s", configuration: [])])
    for (text, many, problem) in [
      (
        "\"worst\":[]", "\"worst\":[\((0...20).map { "\($0)" }.joined(separator: ","))]", "20 inter"
      ),
      ("\"series\":[", "\"series\":[\(String(repeating: "0,", count: 1000))", "1000 series"),
    ] {
      let document = result.json.text().replacing(text, with: many, maxReplacements: 1)
      let error = try #require(throws: JSONError.self) { try read(document) }
      #expect(error.problem.contains(problem), "\(error)")
    }
  }
}
