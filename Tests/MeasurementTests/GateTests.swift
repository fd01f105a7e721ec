import JSON
import Measurement
import Testing

@Suite("Conditions on a result")
struct GateTests {
  @Test(
    "a condition is a figure, a relation and a limit with its unit",
    arguments: [
      ("p99<200us", Requirement.Figure.percentile(.p99), Requirement.Relation.below, 200_000),
      ("p99.9 <= 1ms", .percentile(.p999), .atMost, 1_000_000),
      ("lost=0", .verdict(.lost), .equal, 0),
      ("max>3ns", .maximum, .above, 3), ("min>=2s", .minimum, .atLeast, 2_000_000_000),
      ("mean<10us", .mean, .below, 10_000), ("duplicated<=4", .duplicated, .atMost, 4),
    ])
  func reading(
    text: String, figure: Requirement.Figure, relation: Requirement.Relation, limit: UInt64
  ) throws {
    let requirement = try Requirement(text)
    #expect(
      (requirement.figure, requirement.relation, requirement.limit) == (figure, relation, limit))
    #expect(try Requirement.list("\(text),\(text)").count == 2)
  }

  @Test(
    "what is none says why",
    arguments: [
      ("", "a figure is one of"), ("p98<1us", "a figure is one of"), ("p99", "comes <"),
      ("p99<>1us", "comes <"), ("p99<1", "with ns, us, ms or s"), ("p99<us", "with ns"),
      ("p99<1.5us", "with ns"), ("p99<-1us", "with ns"), ("p99<1h", "with ns"),
      ("p99<3601s", "below an hour"), ("p99<99999999999999999999s", "below an hour"),
      ("lost=1us", "a count"), ("lost=", "a count"), ("lost=0,", "a figure"),
      ("p99<1us lost=0", "with"),
      ("p99<\u{663}us", "with ns"),
    ])
  func malformed(text: String, problem: String) throws {
    let error = try #require(throws: RequirementError.self) { try Requirement.list(text) }
    #expect("\(error)".contains(problem), "\(error)")
  }

  /// Of latencies from 0 to 180 µs in steps of 20; 140, 160 and 180 are the host's noise.
  private func standing(_ text: String) throws -> Gate.Standing {
    Gate(
      try Requirement.list(text), on: MeasurementResult(host: [], series: [try CauseTests.series()])
    ).standing
  }

  @Test("what holds, what fails, and what the host's noise alone breaks")
  func standings() throws {
    #expect(try standing("p50<100us,lost=0,early=0") == .holds)
    #expect(try standing("max<=180us") == .holds)
    #expect(try standing("p50<50us") == .fails)
    // Without the noise the greatest is 120 µs.
    #expect(try standing("p99<150us") == .undecided)
    #expect(try standing("p99<110us") == .fails)
    #expect(try standing("p99<150us,p50<50us") == .fails)
    // No noise makes an interrupt late enough to count as another verdict's.
    #expect(try standing("late=0") == .fails && standing("late=4") == .holds)
  }

  @Test("ticks of the host excuse nothing, and the line says what would be without them")
  func ticks() throws {
    let series = try CauseTests.series(causes: [.unknown, .hostTick, .interrupted, .hostTick])
    let result = MeasurementResult(host: [], series: [series])
    let findings = Gate(try Requirement.list("p99<150us,p99<130us,p99<110us,late=0"), on: result)
      .findings
    #expect(findings.allSatisfy { $0.standing == .fails })
    for (finding, isTicks) in zip(findings, [true, true, false, false]) {
      let line = "would without its noise and the host's ticks (p99 is 120."
      #expect(finding.description.contains(line) == isTicks, "\(finding.description)")
    }
  }

  @Test("a run without stamps is excused by its twin with stamps, and by no other")
  func twin() throws {
    func bare(_ period: Int) throws -> Series {
      let text = MeasurementResult(host: [], series: [try CauseTests.series()]).json.text()
      let plain = text.replacing(/"causes":\[.*?\],"runs"/, with: "\"runs\"")
        .replacing(/"cause":"[a-zA-Z]*",/, with: "")
        .replacing("\"load\":\"none\"", with: "\"load\":\"none\",\"p\":\(period),\"stamped\":false")
        .replacing("\"name\":\"ten\"", with: "\"name\":\"bare \(period)\"")
      return try MeasurementResult(JSONNode(parsing: Array(plain.utf8))).series[0]
    }
    let twin = try CauseTests.series(settings: [.init("p", 1), .init("stamped", true)])
    let result = MeasurementResult(host: [], series: [twin, try bare(1), try bare(2)])
    let findings = Gate(try Requirement.list("p99<150us,p99<110us"), on: result).findings
    #expect(
      findings.map(\.standing) == [.undecided, .fails, .undecided, .fails, .fails, .fails])
    #expect(findings[0].description.contains("would without its noise (p99 is 120."))
  }

  @Test("a series without latencies holds no condition on one")
  func empty() throws {
    let result = MeasurementResult(host: [], series: [Series(name: "none", configuration: [])])
    let gate = Gate(try Requirement.list("p99<1s,lost=0"), on: result)
    #expect(gate.findings.map(\.standing) == [.fails, .holds])
    #expect(gate.findings[0].description == "none: there is no p99: p99<1s does not hold")
  }

  @Test("a finding has the figure, and of three runs the interval of another run's")
  func description() throws {
    var result = try SampleResult.result("a", seed: 1)
    let single = Gate(try Requirement.list("p50<1ns"), on: result).findings[0]
    #expect(single.description.contains("p50 is ") && !single.description.contains("runs"))
    for seed in [2, 3] { try result.merge(SampleResult.result("a", seed: UInt64(seed))) }
    let finding = Gate(try Requirement.list("p50<1ns"), on: result).findings[0]
    #expect(
      finding.description.wholeMatch(
        of: /.*: p50 is \d+\.\d{3} us \(3 runs: \d+\.\d{3} to \d+\.\d{3}\): p50<1ns does not hold/)
        != nil, "\(finding.description)")
  }
}
