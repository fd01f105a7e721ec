import Measurement
import TestSupport
import Testing

@Suite("Verdicts of deadlines and handler runs")
struct ClassifierTests {
  @Test("many deadlines with known faults are judged exactly", arguments: [true, false])
  func conservation(isNamed: Bool) throws {
    let deadlines = repetitions(1_000_000)
    let seed: UInt64 = 20_250_114
    let campaign = SimulatedCampaign(deadlines: deadlines, seed: seed, isNamed: isNamed)
    var classifier = try Classifier(plan: campaign.plan, rules: SimulatedCampaign.rules)
    for run in campaign.runs { try classifier.take(run) }
    let (outcomes, verdicts) = try classifier.finish()

    let first = zip(outcomes, campaign.expected).enumerated().first { $1.0.verdict != $1.1 }
    #expect(first == nil, "seed \(seed)")
    for verdict in Verdict.allCases {
      #expect(verdicts[verdict] == campaign.expected.count { $0 == verdict }, "\(verdict)")
    }
    #expect(verdicts.planned == deadlines)
    #expect(verdicts.runs == campaign.runs.count)
    #expect(verdicts.duplicated == campaign.duplicated)
    #expect(verdicts.spurious == campaign.spurious)
    // The simulation did put in what it is there for.
    for fault in SimulatedCampaign.Fault.allCases where isNamed || fault != .lost {
      #expect(campaign.injected[fault, default: 0] > deadlines / 200, "\(fault)")
    }
  }

  @Test("latency counts from the planned deadline to the run that answers or covers it")
  func latencies() throws {
    let campaign = SimulatedCampaign(deadlines: 20_000, seed: 7, isNamed: true)
    var classifier = try Classifier(plan: campaign.plan, rules: SimulatedCampaign.rules)
    for run in campaign.runs { try classifier.take(run) }
    for (planned, outcome) in zip(campaign.plan, try classifier.finish().outcomes) {
      let instant = outcome.run.map { campaign.runs[$0].instant }
      #expect(outcome.latency == instant.map { Int64($0) - Int64(planned) })
      #expect((outcome.verdict == .lost) == (outcome.run == nil))
    }
  }

  private func judge(
    _ plan: [UInt64], _ runs: HandlerRun..., budget: UInt64 = 10, earlyWindow: UInt64 = 20
  ) throws -> ([Verdict], [RunVerdict]) {
    var classifier = try Classifier(
      plan: plan, rules: VerdictRules(budget: budget, earlyWindow: earlyWindow))
    let judged = try runs.map { run in try classifier.take(run) }
    return (try classifier.finish().outcomes.map(\.verdict), judged)
  }

  @Test("the budget's last nanosecond is delivered, the next is late")
  func budget() throws {
    #expect(try judge([100], .init(at: 110)).0 == [.delivered])
    #expect(try judge([100], .init(at: 111)).0 == [.late])
    #expect(try judge([100], .init(at: 100), budget: 0).0 == [.delivered])
  }

  @Test("a nameless run before a deadline is early in the window, a repetition or spurious outside")
  func early() throws {
    #expect(try judge([100], .init(at: 99)).0 == [.early])
    #expect(try judge([100], .init(at: 80)).0 == [.early])
    #expect(try judge([100], .init(at: 79)) == ([.lost], [.spurious]))
    let (verdicts, runs) = try judge([100, 200], .init(at: 105), .init(at: 150), .init(at: 190))
    #expect(verdicts == [.delivered, .early])
    #expect(runs == [.answers(deadline: 0), .duplicated, .answers(deadline: 1)])
  }

  @Test("after an early run, the run at the deadline itself is a repetition")
  func earlyThenOnTime() throws {
    let (verdicts, runs) = try judge([100], .init(at: 95), .init(at: 101))
    #expect(verdicts == [.early])
    #expect(runs == [.answers(deadline: 0), .duplicated])
  }

  @Test("one run for several deadlines answers the oldest and covers the rest")
  func merged() throws {
    #expect(try judge([100, 105, 108], .init(at: 108)).0 == [.delivered, .merged, .merged])
    #expect(try judge([100, 200], .init(at: 200)).0 == [.late, .merged])
    #expect(try judge([100, 100], .init(at: 100)).0 == [.delivered, .merged])
  }

  @Test("a covered deadline takes a separate run, until the next one becomes due")
  func ownRun() throws {
    let (verdicts, runs) = try judge([100, 105], .init(at: 106), .init(at: 107))
    #expect(verdicts == [.delivered, .delivered])
    #expect(runs == [.answers(deadline: 0), .answers(deadline: 1)])
    let queue = try judge([100, 105, 110], .init(at: 112), .init(at: 113))
    #expect(queue.0 == [.late, .delivered, .merged])
    let later = try judge([100, 105, 300], .init(at: 106), .init(at: 301), .init(at: 302))
    #expect(later.0 == [.delivered, .merged, .delivered])
    #expect(later.1.last == .duplicated)
  }

  @Test("a run that found the condition not met answers nothing, whatever is due")
  func conditionNotMet() throws {
    let (verdicts, runs) = try judge(
      [100], .init(at: 101, isConditionMet: false, deadlines: 0...0), .init(at: 102))
    #expect(verdicts == [.delivered])
    #expect(runs == [.spurious, .answers(deadline: 0)])
  }

  @Test("runs that name their deadlines are believed, but not about the future")
  func named() throws {
    // The first was passed over: lost, though due.
    #expect(try judge([100, 200], .init(at: 201, deadlines: 1...1)).0 == [.lost, .delivered])
    // A range covers only what is due; the rest can still be answered.
    let (verdicts, runs) = try judge(
      [100, 105, 300], .init(at: 106, deadlines: 0...2), .init(at: 301, deadlines: 2...2))
    #expect(verdicts == [.delivered, .merged, .delivered])
    #expect(runs == [.answers(deadline: 0), .answers(deadline: 2)])
    // Each late interrupt has its own run: no merge, no repetition.
    let queued = try judge(
      [100, 105], .init(at: 120, deadlines: 0...0), .init(at: 121, deadlines: 1...1))
    #expect(queued.0 == [.late, .late])
    // A range that begins with what is answered stands for its rest.
    let overlap = try judge(
      [100, 105], .init(at: 101, deadlines: 0...0), .init(at: 106, deadlines: 0...1))
    #expect(overlap.1 == [.answers(deadline: 0), .answers(deadline: 1)])
  }

  @Test("names of deadlines that do not exist are spurious, of answered ones repetitions")
  func unknownNames() throws {
    let (verdicts, runs) = try judge(
      [100, 200], .init(at: 100, deadlines: -1...0), .init(at: 100, deadlines: 1...2),
      .init(at: 201, deadlines: 1...1), .init(at: 202, deadlines: 0...0),
      .init(at: 203, deadlines: Int.max...Int.max))
    #expect(verdicts == [.lost, .delivered])
    #expect(runs == [.spurious, .spurious, .answers(deadline: 1), .duplicated, .spurious])
  }

  @Test("nothing planned, nothing run, and both")
  func empty() throws {
    #expect(try judge([]) == ([], []))
    #expect(try judge([], .init(at: 1)) == ([], [.spurious]))
    #expect(try judge([5]) == ([.lost], []))
  }

  @Test("what is out of order is refused, and named")
  func order() throws {
    let rules = SimulatedCampaign.rules
    #expect(throws: ClassificationError.planOutOfOrder(deadline: 2)) {
      try Classifier(plan: [1, 2, 1], rules: rules)
    }
    var classifier = try Classifier(plan: [1], rules: rules)
    try classifier.take(HandlerRun(at: 5))
    #expect(throws: ClassificationError.runOutOfOrder(run: 1)) {
      try classifier.take(HandlerRun(at: 4))
    }
  }

  @Test("random plans and runs, sense or nonsense, are always accounted for", arguments: 0..<200)
  func nonsense(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let plan = (0..<40).map { _ in random.next() % 1000 }.sorted()
    let instants = (0..<50).map { _ in random.next() % 1100 }.sorted()
    var classifier = try Classifier(plan: plan, rules: .init(budget: 10, earlyWindow: 9))
    var answered: Set<Int> = []
    for instant in instants {
      let first = Int(random.next() % 45) - 2
      let names = random.next() % 2 == 0 ? nil : first...first + Int(random.next() % 3)
      let run = HandlerRun(at: instant, isConditionMet: random.next() % 8 > 0, deadlines: names)
      guard case .answers(let deadline) = try classifier.take(run) else { continue }
      #expect(answered.insert(deadline).inserted, "seed \(seed): \(deadline) twice")
    }
    let (outcomes, verdicts) = try classifier.finish()
    #expect(outcomes.count == plan.count)
    #expect(verdicts.planned == plan.count && verdicts.runs == instants.count)
    for (deadline, outcome) in outcomes.enumerated() {
      let hasOwnRun = outcome.verdict != .merged && outcome.verdict != .lost
      #expect(hasOwnRun == answered.contains(deadline), "seed \(seed)")
      #expect((outcome.latency ?? 0) >= 0 || outcome.verdict == .early, "seed \(seed)")
    }
  }
}

@Suite("Counts of verdicts")
struct VerdictsTests {
  @Test("counts that do not add up cannot be made into verdicts")
  func discrepancies() throws {
    let good = try Verdicts(
      [.delivered: 5, .late: 2, .merged: 1, .lost: 1, .early: 1], planned: 10, runs: 11,
      duplicated: 2, spurious: 1)
    #expect(good[.late] == 2 && !good.isSound)
    #expect(throws: Verdicts.Discrepancy.deadlines(planned: 11, classified: 10)) {
      try Verdicts([.delivered: 10], planned: 11, runs: 10, duplicated: 0, spurious: 0)
    }
    #expect(throws: Verdicts.Discrepancy.runs(counted: 9, classified: 10)) {
      try Verdicts([.delivered: 10], planned: 10, runs: 9, duplicated: 0, spurious: 0)
    }
    #expect(throws: Verdicts.Discrepancy.count) {
      try Verdicts([.delivered: -1, .lost: 1], planned: 0, runs: -1, duplicated: 0, spurious: 0)
    }
    #expect(throws: Verdicts.Discrepancy.count) {
      try Verdicts([.lost: .max], planned: .max, runs: 0, duplicated: 0, spurious: 0)
    }
  }

  @Test("sums are sums")
  func adding() throws {
    let one = try Verdicts(
      [.delivered: 3, .lost: 1], planned: 4, runs: 5, duplicated: 1, spurious: 1)
    let sum = try one.adding(one).adding(.none)
    #expect(
      try sum
        == Verdicts(
          [.delivered: 6, .lost: 2], planned: 8, runs: 10, duplicated: 2, spurious: 2))
    #expect(Verdicts.none.isSound && !one.isSound)
  }
}
