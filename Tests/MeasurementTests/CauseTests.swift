import JSON
import Measurement
import Testing

/// The attribution of one late interrupt, row by row with made-up witnesses.
@Suite("Causes of late interrupts")
struct CauseTests {
  /// An interrupt that is 400 µs late, of which the thread's wake-up is so much.
  private func record(wakeUp: UInt64 = 10_000, latency: UInt64 = 400_000) -> InterruptRecord {
    var record = InterruptRecord(planned: 1_000_000)
    record[.hostWake] = 1_000_000 + wakeUp
    record[.threadRunning] = 1_000_000 + wakeUp + 1000
    record[.injected] = 1_000_000 + wakeUp + 2000
    record[.handler] = 1_000_000 + latency
    return record
  }

  private func evidence(_ change: (inout Evidence) -> Void) -> Evidence {
    var evidence = Evidence()
    change(&evidence)
    return evidence
  }

  /// One of each, just enough: half of 400 µs is 200 µs, and eight minor faults may take that.
  private static let enough: [(cause: Cause, change: @Sendable (inout Evidence) -> Void)] = [
    (.stopped, { $0.stopped = 200_000 }), (.deferred, { $0.deferrals = 1 }),
    (.steal, { $0.stolen = 200_000 }), (.stall, { $0.stalled = 200_000 }),
    (.majorFault, { $0.majorFaults = 1 }),
    (.preempted, { ($0.runQueueWait, $0.preemptions) = (200_000, 1) }),
    (.runQueue, { $0.runQueueWait = 200_000 }), (.hostTick, { $0.tick = 200_000 }),
    (.interrupted, { $0.interruption = 200_000 }), (.exit, { $0.longestExit = 200_000 }),
    (.blocked, { $0.blocks = 1 }), (.minorFault, { $0.minorFaults = 8 }),
  ]

  @Test("each kind of evidence names its cause, and a nanosecond or a fault less does not")
  func each() {
    for (cause, change) in Self.enough {
      #expect(evidence(change).cause(of: record(), latency: 400_000) == cause)
    }
    let less: [(inout Evidence) -> Void] = [
      { $0.stopped = 199_999 }, { $0.stolen = 199_999 }, { $0.stalled = 199_999 },
      { ($0.runQueueWait, $0.preemptions) = (199_999, 5) }, { $0.tick = 199_999 },
      { $0.interruption = 199_999 }, { ($0.tick, $0.interruption) = (150_000, 150_000) },
      { $0.longestExit = 199_999 },
      { $0.minorFaults = 7 }, { $0.preemptions = 9 }, { _ in },
    ]
    for change in less {
      #expect(evidence(change).cause(of: record(), latency: 400_000) == .unknown)
    }
  }

  @Test("of two that both explain it, the one that is declared first is named")
  func precedence() {
    for (index, first) in Self.enough.enumerated() {
      for second in Self.enough[(index + 1)...] {
        var both = Evidence()
        second.change(&both)
        first.change(&both)
        #expect(
          both.cause(of: record(wakeUp: 390_000), latency: 400_000) == first.cause,
          "\(first.cause) before \(second.cause)")
        #expect(first.cause < second.cause)
      }
    }
  }

  @Test("a wake-up that is half of it is named, for want of budget if the budget was short")
  func wakeUp() {
    let short = evidence { $0.shortBudgets = 1 }
    #expect(Evidence().cause(of: record(wakeUp: 200_000), latency: 400_000) == .wakeUp)
    #expect(short.cause(of: record(wakeUp: 200_000), latency: 400_000) == .budget)
    #expect(short.cause(of: record(wakeUp: 199_999), latency: 400_000) == .unknown)
    // A thread that did not sleep stamps only that it runs.
    var awake = InterruptRecord(planned: 1_000_000)
    (awake[.threadRunning], awake[.handler]) = (1_300_000, 1_400_000)
    #expect(Evidence().cause(of: awake, latency: 400_000) == .wakeUp)
  }

  @Test("what is not late, or of extreme length, has an answer, too")
  func edges() {
    let all = evidence { $0.stopped = .max }
    #expect(all.cause(of: record(), latency: 0) == .unknown)
    #expect(all.cause(of: record(), latency: -5) == .unknown)
    #expect(all.cause(of: record(), latency: .max) == .stopped)
    #expect(Evidence().cause(of: record(), latency: .max) == .unknown)
    #expect(evidence { $0.minorFaults = .max }.cause(of: record(), latency: .max) == .minorFault)
    #expect(evidence { $0.runQueueWait = 1 }.cause(of: record(), latency: 1) == .runQueue)
    #expect(evidence { $0.runQueueWait = 1 }.cause(of: record(wakeUp: 0), latency: 3) == .unknown)
  }

  @Test("the order of precedence is that of the cases, and every cause says what it is")
  func order() {
    #expect(Cause.allCases.sorted() == Cause.allCases)
    #expect(Set(Cause.allCases.map(\.title)).count == Cause.allCases.count)
    #expect(Set(Cause.allCases.map(\.meaning)).count == Cause.allCases.count)
  }

  // MARK: In a result

  /// Ten interrupts: number n is n * 20 µs late; those over 100 µs have a cause, in turn.
  static func series(
    load: JSONValue = "none", settings: [JSONValue.Member] = []
  ) throws -> Series {
    let records = (0..<10).map { InterruptRecord(planned: UInt64($0 + 1) * 1_000_000) }
    let runs = records.enumerated().map {
      HandlerRun(at: $1.planned + UInt64($0) * 20_000, deadlines: $0...$0)
    }
    let interrupts = try JudgedInterrupts(
      records: records, runs: runs, rules: VerdictRules(budget: 100_000, earlyWindow: 1000))
    var series = Series(name: "ten", configuration: [.init("load", load)] + settings)
    try series.add(
      interrupts,
      causes: [nil, nil, nil, nil, nil, nil, .wakeUp, .runQueue, .steal, .runQueue])
    return series
  }

  @Test("a series counts its causes, with their times, in every form")
  func counted() throws {
    let result = MeasurementResult(host: [], series: [try Self.series()])
    let series = result.series[0]
    #expect(series.causes.map(\.cause) == [.steal, .runQueue, .wakeUp])
    #expect(series.causes.map(\.times.count) == [1, 2, 1])
    #expect(series.causes.map(\.times.sum) == [160_000, 320_000, 120_000])
    #expect(series.worst.map(\.cause).prefix(5) == [.runQueue, .steal, .runQueue, .wakeUp, nil])
    let row = ["run-queue", "wait", "2", "50.0", "320.000", "53.3", "140.031", "180.000"]
    #expect(
      result.text.split(separator: "\n").contains {
        $0.split(separator: " ").map(String.init) == row
      },
      "\(result.text)")
    for word in ["run-queue wait", "steal", "late wake-up"] { #expect(result.html.contains(word)) }
    let document = result.json.text()
    #expect(try MeasurementResult(JSONNode(parsing: Array(document.utf8))) == result)
    #expect(document.contains(#""cause":"runQueue""#))
  }

  @Test("merging adds causes up")
  func merged() throws {
    var result = MeasurementResult(host: [], series: [try Self.series()])
    try result.merge(result)
    #expect(result.series[0].causes.map(\.times.count) == [2, 4, 2])
    #expect(
      try MeasurementResult(JSONNode(parsing: Array(result.json.text().utf8))) == result)
  }

  @Test("what is left without the host's noise has neither its interrupts nor their time")
  func withoutNoise() throws {
    let quiet = try Self.series().latencyWithoutNoise
    #expect(quiet.count == 7 && quiet.maximum.map { $0 / 1000 } == 120)
    #expect(quiet.sum == 900_000 - 480_000)
    // A load that is part of the measurement makes the wait for a processor the measurement's own.
    #expect(try Self.series(load: "busy").latencyWithoutNoise.count == 9)
  }

  @Test(
    "a tick is part of each host, and excuses nothing; another interruption is this host's noise")
  func ticks() throws {
    #expect(!Cause.hostTick.isHostNoise && Cause.interrupted.isHostNoise)
  }

  @Test(
    "causes that cannot be are refused",
    arguments: [
      (#""cause":"steal","times""#, #""cause":"stel","times""#, "no such cause"),
      (#""cause":"steal","times""#, #""cause":"unknown","times""#, "order of precedence"),
      (#""late":4"#, #""late":3"#, "have a verdict"),
      (#""causes":["#, #""causes":[0,"#, "a member named cause"),
    ])
  func malformed(text: String, replacement: String, problem: String) throws {
    let document = MeasurementResult(host: [], series: [try Self.series()]).json.text()
    let changed = document.replacing(text, with: replacement, maxReplacements: 1)
    #expect(changed != document)
    let error = try #require(throws: JSONError.self) {
      try MeasurementResult(JSONNode(parsing: Array(changed.utf8)))
    }
    #expect(error.problem.contains(problem), "\(error)")
  }

  @Test("more causes than late interrupts are refused")
  func tooMany() throws {
    let result = MeasurementResult(host: [], series: [try Self.series()])
    let changed = result.json.text().replacing(
      #""delivered":6,"late":4"#, with: #""delivered":8,"late":2"#)
    let error = try #require(throws: JSONError.self) {
      try MeasurementResult(JSONNode(parsing: Array(changed.utf8)))
    }
    #expect(error.problem.contains("4 causes, which is more"), "\(error)")
  }

  @Test("a trace has the cause beside the verdict")
  func trace() throws {
    let records = [InterruptRecord(planned: 1000)]
    let interrupts = try JudgedInterrupts(
      records: records, runs: [HandlerRun(at: 1_000_000)],
      rules: VerdictRules(budget: 100, earlyWindow: 50))
    var trace = ChromeTrace(origin: 0)
    trace.add(interrupts, causes: [.blocked], name: "vCPU 0")
    #expect(trace.text.contains(#""verdict":"late","latencyNanoseconds":999000,"cause":"blocked""#))
  }
}
