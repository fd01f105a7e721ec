import JSON
import Measurement
import TestSupport
import Testing

/// `swvmm measure merge` as a command; merging itself is MeasurementTests' matter.
@Suite("measure merge", .timeLimit(.minutes(5)))
struct MeasureMergeTests {
  /// A result of ten deadlines, 100 ns late each, 40 of them until they were injected; the last is lost if
  /// asked for.
  private func result(
    budget: Int = 50, isLast: Bool = true, isFirstLate: Bool = false, isSpurious: Bool = false
  ) throws -> MeasurementResult {
    var series = Series(
      name: "one", configuration: [.init("budgetNanoseconds", JSONValue(budget))])
    let records = (1...10).map { number in
      var record = InterruptRecord(planned: UInt64(number) * 1000)
      record[.injected] = record.planned + 40
      return record
    }
    var runs = records.dropLast(isLast ? 0 : 1).map { HandlerRun(at: $0.planned + 100) }
    if isFirstLate { runs[0] = HandlerRun(at: records[0].planned + 200) }
    if isSpurious { runs.append(HandlerRun(at: 20_000, isConditionMet: false)) }
    try series.add(
      JudgedInterrupts(
        records: records, runs: runs, rules: VerdictRules(budget: 50, earlyWindow: 0)))
    return MeasurementResult(host: [.init("name", "host")], series: [series])
  }

  private func merge(_ first: String, _ second: String, _ options: String = "") -> CommandResult {
    let folder = TemporaryFolder()
    let a = folder.file("a.json", Array(first.utf8))
    let b = folder.file("b.json", Array(second.utf8))
    return shell("$SWVMM measure merge \(options) \(a) \(b)")
  }

  @Test("two results become one, as a table and as a document that can be merged again")
  func merging() throws {
    let text = try result().json.text(.pretty)
    let table = merge(text, text)
    #expect(table.status == 0)
    // Nothing distinguishes the two.
    #expect(table.errors.contains("b.json is the same measurement as "), "\(table.errors)")
    #expect(merge(text, try result(isFirstLate: true).json.text()).errors == "")
    #expect(table.output.contains("one             20  0.100  0.100"))
    let json = merge(text, text, "--json")
    let merged = try MeasurementResult(JSONNode(parsing: Array(json.output.utf8)))
    #expect(merged.series[0].verdicts[.late] == 20)
    #expect(merged.sources.map { $0.file?.hasSuffix(".json") } == [true, true])
    let thrice = merge(json.output, text, "--json")
    #expect(
      try MeasurementResult(JSONNode(parsing: Array(thrice.output.utf8))).sources.count == 3)
  }

  @Test("a single result is shown as it is")
  func single() throws {
    let folder = TemporaryFolder()
    let file = folder.file("a.json", Array(try result().json.text().utf8))
    let shown = shell("$SWVMM measure merge --report r \(file) && head -n 1 r")
    #expect(shown.status == 0 && shown.output.contains("one             10  0.100  0.100"))
    #expect(shown.output.hasSuffix("<!DOCTYPE html>\n"))
  }

  @Test("a legend explains the columns, where it is asked for")
  func legend() throws {
    let folder = TemporaryFolder()
    let file = folder.file("a.json", Array(try result().json.text().utf8))
    #expect(!shell("$SWVMM measure merge \(file)").output.contains("clipped  stamps"))
    let shown = shell("$SWVMM measure merge --legend \(file)")
    #expect(shown.status == 0 && shown.output.contains("\nclipped  stamps"))
    let lines = shown.output.split(separator: "\n")
    for cause in Cause.allCases {
      let line = lines.first { $0.hasPrefix("  \(cause.title)  ") } ?? ""
      let words = line.dropFirst(cause.title.count + 2).split(separator: " ")
      #expect(words.count > 3 && cause.meaning.hasPrefix(words.joined(separator: " ")), "\(cause)")
    }
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test("a pipe into which no program writes is given up: 66", arguments: ["merge", "import"])
  func silentPipe(command: String) {
    let result = shell(
      """
      mkfifo pipe; timeout -s KILL 20 $SWVMM measure \(command) --timeout 200ms pipe; echo $?
      """)
    #expect(result.output == "66\n" && result.errors.contains("--timeout"), "\(result.errors)")
    #expect(result.hasOneLineOfComplaint, "\(result.errors)")
  }

  @Test("a lost deadline is a shortfall: 1")
  func shortfall() throws {
    let merged = merge(try result().json.text(), try result(isLast: false).json.text())
    #expect(merged.status == 1)
    #expect(merged.output.contains("one: 1 lost deadlines have no latency"))
    // As of a measurement: a host that delivers twice is not a shortfall.
    let spurious = merge(try result(isSpurious: true).json.text(), try result().json.text())
    #expect(spurious.status == 0, "\(spurious.errors)")
  }

  @Test("page and percentile files are written beside the table")
  func files() throws {
    let text = try result().json.text()
    let folder = TemporaryFolder()
    let a = folder.file("a.json", Array(text.utf8))
    let listing = shell("$SWVMM measure merge --report x --hgrm y- \(a) \(a) >&2; ls; head -1 x")
    #expect(
      listing.output.hasSuffix(
        "x\ny-1-one-guest-entry.hgrm\ny-1-one-injection.hgrm\ny-1-one-latency.hgrm\n<!DOCTYPE html>\n"
      ))
  }

  @Test("what cannot be written does not take the rest of a result along; 71")
  func unwritable() throws {
    let text = try result().json.text()
    let folder = TemporaryFolder()
    let a = folder.file("a.json", Array(text.utf8))
    for (option, isRefusedAtOnce) in [
      ("--report nowhere/x", true), ("--hgrm nowhere/x", true), ("--report /dev/full", false),
    ] {
      let merged = shell("$SWVMM measure merge \(option) \(a)")
      #expect(merged.status == 71)
      #expect(merged.output.contains("one             10  0.100  0.100") != isRefusedAtOnce)
      #expect(merged.hasOneLineOfComplaint, "\(merged.errors)")
    }
    let page = shell("$SWVMM measure merge --report x \(a) \(a) >/dev/full; echo $?; head -n 1 x")
    #expect(page.output == "71\n<!DOCTYPE html>\n")
  }

  @Test("what cannot be merged is named; 65")
  func unmergeable() throws {
    let text = try result().json.text()
    for (second, problem) in [
      (try result(budget: 60).json.text(), "budgetNanoseconds is 50 in the first result, 60"),
      ("{}", "line 1, column 1: this is not a result"), ("[", "line 1"),
      (text.replacing("\"version\":2", with: "\"version\":7"), "schema version 7"),
    ] {
      let merged = merge(text, second)
      #expect(merged.status == 65 && merged.output == "")
      #expect(merged.hasOneLineOfComplaint, "\(merged.errors)")
      #expect(
        merged.errors.contains("b.json") && merged.errors.contains(problem), "\(merged.errors)")
    }
  }

  @Test("files and options that cannot be are named")
  func usage() throws {
    let folder = TemporaryFolder()
    let file = folder.file("a.json", Array(try result().json.text().utf8))
    #expect(shell("$SWVMM measure merge").status == 64)
    #expect(shell("$SWVMM measure merge \(file) /nowhere").status == 66)
    #expect(shell("$SWVMM measure merge \(file) /").status == 65)
    #expect(shell("$SWVMM measure merge --report /nowhere/x \(file) \(file)").status == 71)
    #expect(shell("$SWVMM measure merge --help").status == 0)
  }
}
