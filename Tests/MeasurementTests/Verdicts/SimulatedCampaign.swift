import Measurement
import TestSupport

/// A campaign on a virtual clock, with faults put in by a seeded generator that keeps count of them.
struct SimulatedCampaign {
  static let rules = VerdictRules(budget: 20_000, earlyWindow: 30_000)
  private static let period: UInt64 = 100_000

  enum Fault: CaseIterable {
    case late, merged, lost, duplicated, early, spurious, queued, unplanned
  }

  /// Whether handler runs name their deadlines.
  let isNamed: Bool
  private(set) var plan: [UInt64] = []
  private(set) var runs: [HandlerRun] = []
  private(set) var expected: [Verdict] = []
  private(set) var duplicated = 0
  private(set) var spurious = 0
  private(set) var injected: [Fault: Int] = [:]
  private var random: SplitMix64
  private var afterMerge = false

  init(deadlines: Int, seed: UInt64, isNamed: Bool) {
    self.isNamed = isNamed
    random = SplitMix64(seed: seed)
    plan = (0..<deadlines).map { 1_000_000 + UInt64($0) * Self.period }
    expected.reserveCapacity(deadlines)
    runs.reserveCapacity(deadlines)
    while expected.count < deadlines { step(deadlines - expected.count) }
  }

  /// One fault in ten deadlines, on average.
  private mutating func step(_ remaining: Int) {
    let choice = random.next() % 80
    guard choice < 8 else { return plain() }
    let fault = Fault.allCases[Int(choice)]
    let needed = fault == .merged ? 5 : 2
    // Without names, a lost deadline cannot be told from a merged one, nor whom a run so soon
    // after a merge belongs to.
    let isTold =
      isNamed || !(fault == .lost || (afterMerge && (fault == .early || fault == .duplicated)))
    guard remaining >= needed, isTold else { return plain() }
    injected[fault, default: 0] += 1
    inject(fault)
  }

  private mutating func plain() { answer(.delivered, after: 0...20_000) }

  private mutating func inject(_ fault: Fault) {
    switch fault {
    case .late: answer(.late, after: 20_001...60_000)
    case .merged: merge(2 + Int(random.next() % 3))
    case .lost: expected.append(.lost)
    case .duplicated:
      plain()
      run(after: random.next() % 10_000, named: expected.count - 1)
      duplicated += 1
    case .early:
      let deadline = expected.count
      run(at: plan[deadline] - (1 + random.next() % 30_000), named: deadline...deadline)
      expected.append(.early)
    case .spurious:
      plain()
      run(after: random.next() % 10_000, named: expected.count - 1, isConditionMet: false)
      spurious += 1
    case .queued:
      let first = expected.count
      run(at: plan[first + 1] + random.next() % 1000, named: first...first)
      run(after: random.next() % 1000, named: first + 1)
      expected += [.late, .delivered]
    case .unplanned:
      plain()
      // Named, it is one that was never planned; nameless, only the condition shows it.
      run(after: 0, named: isNamed ? plan.count : nil, isConditionMet: isNamed)
      spurious += 1
    }
    afterMerge = fault == .merged
  }

  private mutating func answer(_ verdict: Verdict, after offset: ClosedRange<UInt64>) {
    let deadline = expected.count
    run(
      at: plan[deadline] + UInt64.random(in: offset, using: &random), named: deadline...deadline)
    expected.append(verdict)
    afterMerge = false
  }

  private mutating func merge(_ count: Int) {
    let (first, last) = (expected.count, expected.count + count - 1)
    run(at: plan[last] + random.next() % 20_000, named: first...last)
    expected += [.late] + Array(repeating: .merged, count: count - 1)
  }

  private mutating func run(
    after offset: UInt64, named deadline: Int?, isConditionMet: Bool = true
  ) {
    run(
      at: (runs.last?.instant ?? 0) + offset, named: deadline.map { $0...$0 },
      isConditionMet: isConditionMet)
  }

  private mutating func run(
    at instant: UInt64, named deadlines: ClosedRange<Int>?, isConditionMet: Bool = true
  ) {
    runs.append(
      HandlerRun(
        at: instant, isConditionMet: isConditionMet, deadlines: isNamed ? deadlines : nil))
  }
}
