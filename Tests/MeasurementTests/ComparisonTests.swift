import JSON
import TestSupport
import Testing

@testable import Measurement

@Suite("Comparing results")
struct ComparisonTests {
  @Test(
    "Student's quantiles are those of the tables",
    arguments: [
      (1.0, 12.706), (2, 4.303), (4, 2.776), (4.9, 2.776), (9, 2.262), (30, 2.042), (40, 2.021),
      (60, 2.000), (120, 1.980), (.infinity, 1.960), (0.2, 12.706),
    ])
  func quantiles(degrees: Double, quantile: Double) {
    #expect(abs(StudentT.quantile(degrees: degrees) - quantile) < 0.0006)
  }

  /// A result of several runs of 2000 deadlines, each latency some 50 µs times a factor and a run's own.
  private func result(
    runs: Int, factor: Double = 1, scatter: Double = 0.01, tail: Double = 1, seed: UInt64,
    lost: Bool = false
  ) throws -> MeasurementResult {
    var random = SplitMix64(seed: seed)
    func unit() -> Double { Double(random.next() >> 11) / Double(1 << 53) }
    var whole: MeasurementResult?
    for _ in 0..<runs {
      let own = factor * (1 + scatter * (2 * unit() - 1))
      let records = (0..<2000).map { InterruptRecord(planned: UInt64($0 + 1) * 1_000_000) }
      let handled = records.enumerated().dropLast(lost ? 1 : 0).map { number, record in
        let latency = 50_000 * own * (0.9 + 0.2 * unit()) * (number % 50 == 0 ? 4 * tail : 1)
        return HandlerRun(at: record.planned + UInt64(latency), deadlines: number...number)
      }
      var series = Series(name: "one", configuration: [.init("timer", "generic")])
      try series.add(
        JudgedInterrupts(
          records: records, runs: handled, rules: VerdictRules(budget: 100_000, earlyWindow: 1000)))
      let run = MeasurementResult(host: [], series: [series])
      if whole == nil { whole = run } else { try whole?.merge(run) }
    }
    return try #require(whole)
  }

  private func changes(
    _ first: MeasurementResult, _ second: MeasurementResult, isPaired: Bool = false
  ) -> [Percentile: Change] {
    let row = Comparison(of: first, and: second, isPaired: isPaired).rows[0]
    return Dictionary(uniqueKeysWithValues: row.changes.map { ($0.percentile, $0) })
  }

  @Test("six percent are found at the median, and none at 99 % where there is none")
  func slower() throws {
    let first = try result(runs: 8, seed: 1)
    let second = try result(runs: 8, factor: 1.06, tail: 1 / 1.06, seed: 2)
    for isPaired in [true, false] {
      let changes = changes(first, second, isPaired: isPaired)
      let median = try #require(changes[.p50])
      #expect(median.verdict == .slower && median.basis == (isPaired ? .pairs : .runs))
      #expect(abs((median.ratio ?? 0) - 0.06) < 0.01)
      #expect(median.interval?.contains(0.06) == true)
      #expect(
        median.description.wholeMatch(of: /slower by \d\.\d % ± \d\.\d at p50/) != nil,
        "\(median.description)")
      let tail = try #require(changes[.p99])
      #expect(tail.verdict == .same && tail.description.hasPrefix("no difference at p99 ("))
      #expect(self.changes(second, first, isPaired: isPaired)[.p50]?.verdict == .faster)
    }
  }

  private func names(_ first: [String], _ second: [String]) -> Comparison {
    let results = [first, second].map { names in
      MeasurementResult(host: [], series: names.map { Series(name: $0, configuration: []) })
    }
    return Comparison(of: results[0], and: results[1], isPaired: false)
  }

  @Test("without a name in common, series are compared whose names differ in one and the same word")
  func counterparts() {
    let waits = names(["pit split block", "block x"], ["pit split spin", "spin x"])
    #expect(waits.rows.map(\.series) == ["pit split block/spin", "block/spin x"])
    #expect(waits.unmatched.isEmpty)
    for (first, second) in [
      (["block"], ["spin"]), (["pit block"], ["apic spin"]), (["pit block"], ["pit spin busy"]),
      (["pit block", "apic block"], ["pit spin"]),
      (["pit block", "apic block"], ["pit spin", "apic adaptive"]),
    ] {
      let unlike = names(first, second)
      #expect(unlike.rows.isEmpty && unlike.unmatched == first + second)
    }
    let common = names(["pit block", "pit spin"], ["pit spin", "pit adaptive"])
    #expect(common.rows.map(\.series) == ["pit spin"])
    #expect(common.unmatched == ["pit block", "pit adaptive"])
  }

  @Test("the interval of equal programs holds 0 in about 95 of 100 comparisons")
  func coverage() throws {
    var random = SplitMix64(seed: 77)
    func deviate() -> Double {
      (0..<12).reduce(-6.0) { sum, _ in sum + Double(random.next() >> 11) / Double(1 << 53) }
    }
    for runs in [3, 6] {
      let held = (0..<2000).count { _ in
        let sides = (0..<2).map { _ in
          QuantileEstimate(mean: (0..<runs).map { _ in deviate() / 50 })
        }
        let interval = sides[0].difference(from: sides[1]).interval
        return interval.low < 1 && interval.high > 1
      }
      #expect((1870...1995).contains(held), "\(runs) runs: \(held) of 2000")
    }
  }

  @Test(
    "results of one program whose starts differ as their runs do are called different in 5 of 100 cases at most",
    arguments: [3, 5, 10])
  func starts(runs: Int) throws {
    var random = SplitMix64(seed: UInt64(runs))
    func deviate() -> Double {
      (0..<12).reduce(-6.0) { sum, _ in sum + Double(random.next() >> 11) / Double(1 << 53) }
    }
    func start() throws -> MeasurementResult {
      let shared = deviate()
      return try medians((0..<runs).map { _ in UInt64(10_000 + 500 * (shared + deviate())) })
    }
    let wrong = try (0..<300).count { _ in
      let verdict = changes(try start(), try start())[.p50]?.verdict
      return verdict == .slower || verdict == .faster
    }
    #expect(wrong <= 15, "\(wrong) of 300")
  }

  @Test("pairs find a difference that is far below the scatter that both sides share")
  func pairs() throws {
    let drift = (0..<6).map { 1 + 0.3 * Double($0) }
    func estimates(_ factor: Double) -> [Double] {
      drift.enumerated().map {
        let jitter = $0 % 2 == 0 ? 1.001 : 0.999
        return 10 * $1 * factor * (factor == 1 ? jitter : 1 / jitter)
      }
    }
    let (one, other) = (estimates(1), estimates(1.05))
    let paired = QuantileEstimate(mean: zip(other, one).map { ($0 / $1 - 1) }).interval
    #expect(paired.low > 1)
    let apart = QuantileEstimate(mean: other.map { $0 / 100 })
      .difference(from: QuantileEstimate(mean: one.map { $0 / 100 })).interval
    #expect(apart.low < 1 && apart.high > 1)
  }

  @Test(
    "fewer than three runs of a side are undecided, however much they differ, and what to do is said",
    arguments: [(1, 1, true), (1, 1, false), (2, 2, true), (8, 2, false), (1, 8, false)])
  func fewRuns(before: Int, after: Int, isPaired: Bool) throws {
    let comparison = Comparison(
      of: try result(runs: before, seed: 1), and: try result(runs: after, factor: 1.2, seed: 2),
      isPaired: isPaired)
    #expect(!comparison.isWorse && comparison.rows[0].runs == [before, after])
    let median = try #require(comparison.rows[0].changes.first)
    #expect(median.verdict == .undecided && median.interval == nil && median.basis == nil)
    #expect(abs((median.ratio ?? 0) - 0.2) < 0.03)
    #expect(
      median.description.wholeMatch(of: /undecided at p50 \(\d+\.\d % in these runs\)/) != nil)
    #expect(
      comparison.text.contains(
        "  one: too few runs for a verdict (\(before) and \(after); at least 3 of each): measure with --runs 5\n"
      ), "\(comparison.text)")
  }

  @Test("runs that are not known apart are no basis for a verdict")
  func unknownRuns() throws {
    var series = try result(runs: 3, factor: 2, seed: 2).series[0]
    series.runs = []
    let unknown = MeasurementResult(host: [], series: [series])
    let comparison = Comparison(of: try result(runs: 3, seed: 1), and: unknown, isPaired: false)
    #expect(!comparison.isWorse && comparison.text.contains("(3 and unknown; at least 3 of each)"))
  }

  @Test("too few deadlines say nothing: of all, or of a run")
  func fewDeadlines() throws {
    let tenth = try medians([100, 100, 100])
    for (first, second, isPaired) in [
      (try medians([100]), try medians([100]), false), (tenth, tenth, true), (tenth, tenth, false),
    ] {
      let tail = try #require(changes(first, second, isPaired: isPaired)[.p99])
      #expect(tail.verdict == .tooFew && tail.ratio == nil)
      #expect(tail.description == "too few deadlines to say at p99")
    }
    // 240 deadlines are enough for a p99, and the 80 of a run are not.
    let short = try medians(Array(repeating: 100, count: 3), count: 80)
    let tail = try #require(changes(short, short)[.p99])
    #expect(tail.first != nil && tail.verdict == .tooFew && tail.ratio == nil)
  }

  @Test("a wide interval around 0 is undecided, and not called the same")
  func undecided() throws {
    let changes = changes(
      try result(runs: 3, scatter: 0.5, seed: 3), try result(runs: 3, scatter: 0.5, seed: 4))
    #expect(changes[.p50]?.verdict == .undecided, "\(String(describing: changes[.p50]))")
    let text = changes[.p50]?.description ?? ""
    #expect(text.wholeMatch(of: /undecided at p50 \(-\d+\.\d to \d+\.\d %\)/) != nil, "\(text)")
  }

  /// Runs whose medians are so many microseconds, and so are all of their `count` latencies.
  private func medians(_ microseconds: [UInt64], count: Int = 1) throws -> MeasurementResult {
    var whole: MeasurementResult?
    for median in microseconds {
      let records = (0..<count).map { InterruptRecord(planned: UInt64($0 + 1) * 1_000_000) }
      var series = Series(name: "one", configuration: [])
      try series.add(
        JudgedInterrupts(
          records: records,
          runs: records.enumerated().map {
            HandlerRun(at: $1.planned + median * 1000, deadlines: $0...$0)
          },
          rules: VerdictRules(budget: 100_000, earlyWindow: 1000)))
      let run = MeasurementResult(host: [], series: [series])
      if whole == nil { whole = run } else { try whole?.merge(run) }
    }
    return try #require(whole)
  }

  @Test("a wide interval beside 0 is printed by its ends: half its width would reach beyond 0")
  func uneven() throws {
    let first = try medians([100, 100, 100, 100])
    let second = try medians([115, 120, 130, 160])
    let slower = try #require(changes(first, second, isPaired: true)[.p50])
    let interval = try #require(slower.interval)
    let margin = (interval.upperBound - interval.lowerBound) / 2
    // What makes the case: the interval leaves out 0, and the estimate with half its width on both sides does not.
    #expect(interval.lowerBound > 0 && (slower.ratio ?? 0) < margin)
    #expect(
      slower.description.wholeMatch(of: /slower by \d+\.\d % \(\d+\.\d to \d+\.\d %\) at p50/)
        != nil,
      "\(slower.description)")
    let faster = try #require(changes(second, first, isPaired: true)[.p50])
    #expect(faster.verdict == .faster)
    #expect(
      faster.description.wholeMatch(of: /faster by \d+\.\d % \(\d+\.\d to \d+\.\d %\) at p50/)
        != nil,
      "\(faster.description)")
  }

  @Test(
    "what is printed as slower or faster by a margin is so by more than the margin",
    arguments: 1...40)
  func margins(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let sides = try (0..<2).map { side in
      try medians((0..<5).map { _ in 100 + 10 * UInt64(side) + random.next() % (5 + 2 * seed) })
    }
    for (first, second) in [(sides[0], sides[1]), (sides[1], sides[0])] {
      let change = try #require(changes(first, second, isPaired: true)[.p50])
      guard let match = change.description.firstMatch(of: /er by (\d+\.\d) % ± (\d+\.\d)/),
        let by = Double(match.1), let margin = Double(match.2)
      else { continue }
      #expect(by > margin, "\(change.description)")
    }
  }

  @Test("a result is worse if it is slower or lost more, and says what else differs")
  func worse() throws {
    let first = try result(runs: 3, seed: 1)
    #expect(!Comparison(of: first, and: first, isPaired: true).isWorse)
    #expect(
      Comparison(of: first, and: try result(runs: 3, factor: 1.5, seed: 2), isPaired: true).isWorse)
    let lossy = Comparison(of: first, and: try result(runs: 3, seed: 1, lost: true), isPaired: true)
    #expect(lossy.isWorse && lossy.rows[0].faults == ["lost 0, then 3"])
    #expect(
      !Comparison(of: try result(runs: 3, seed: 1, lost: true), and: first, isPaired: true).isWorse)

    let other = MeasurementResult(
      host: [],
      series: [
        Series(name: "one", configuration: [.init("timer", "pit"), .init("x", 1)]),
        Series(name: "two", configuration: []),
      ])
    let comparison = Comparison(of: first, and: other, isPaired: false)
    #expect(comparison.unmatched == ["two"])
    #expect(
      comparison.rows[0].settings == [#"timer "generic", then "pit""#, "x null, then 1"])
    #expect(comparison.rows[0].changes.allSatisfy { $0.verdict == .tooFew && $0.second == nil })
    #expect(comparison.text.contains("two: only one of the two has it"))
  }

  @Test("text and document have the same figures")
  func forms() throws {
    let comparison = Comparison(
      of: try result(runs: 4, seed: 1), and: try result(runs: 4, factor: 1.1, seed: 2),
      isPaired: true)
    let change = comparison.rows[0].changes[0]
    #expect(comparison.text.contains(change.description))
    let page = comparison.html(of: try result(runs: 4, seed: 1))
    let sections = page.split(separator: "<h2>")
    for finding in comparison.findings {
      #expect(comparison.text.contains("  \(finding)\n"))
      #expect(sections[1].hasPrefix("Comparison</h2>") && sections[1].contains(">\(finding)</p>"))
    }
    let cells = zip(Change.columns, change.cells).map { "<td data-of=\"\($0)\">\($1)</td>" }
      .joined()
    #expect(sections[1].contains("<tr><th>p50</th>\(cells)</tr>"), "\(sections[1])")
    let document = try JSONNode(parsing: Array(comparison.json.text(.pretty).utf8))
    guard case .array(let series) = document["series"]?.content,
      case .array(let changes) = series[0]["changes"]?.content
    else { return #expect(Bool(false)) }
    #expect(changes[0]["verdict"]?.value == "slower" && changes[0]["basis"]?.value == "pairs")
    #expect(changes[0]["change"]?.value == .number(try #require(change.ratio)))
    #expect(series[0]["runs"]?.value == .array([4, 4]))
  }
}
