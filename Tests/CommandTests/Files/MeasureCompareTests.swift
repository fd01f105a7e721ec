import JSON
import Measurement
import TestSupport
import Testing

/// `swvmm measure compare` and `import` as commands; what they say is MeasurementTests' matter.
@Suite("measure compare and import", .timeLimit(.minutes(5)))
struct MeasureCompareTests {
  private func result(_ latency: UInt64, name: String = "one", runs: Int = 3) throws -> String {
    var whole: MeasurementResult?
    for run in 0..<runs {
      var series = Series(name: name, configuration: [])
      let records = (1...400).map { InterruptRecord(planned: UInt64($0) * 1_000_000) }
      try series.add(
        JudgedInterrupts(
          records: records,
          runs: records.map { HandlerRun(at: $0.planned + latency + UInt64(run) * latency / 100) },
          rules: VerdictRules(budget: 100_000, earlyWindow: 0)))
      let result = MeasurementResult(host: [], series: [series])
      if whole == nil { whole = result } else { try whole?.merge(result) }
    }
    return try #require(whole).json.text()
  }

  private func compare(_ first: String, _ second: String, _ options: String = "") -> CommandResult {
    let folder = TemporaryFolder()
    let a = folder.file("a.json", Array(first.utf8))
    let b = folder.file("b.json", Array(second.utf8))
    return shell("$SWVMM measure compare \(options) \(a) \(b)")
  }

  @Test("a slower result is named with its interval: 1; a faster one, or the same: 0")
  func slower() throws {
    let (fast, slow) = (try result(50_000), try result(60_000))
    let worse = compare(fast, slow)
    #expect(worse.status == 1 && worse.errors == "")
    #expect(worse.output.contains("  one: slower by 20.0 % ± "), "\(worse.output)")
    #expect(compare(slow, fast).status == 0 && compare(fast, fast).status == 0)
    #expect(compare(fast, fast).output.contains("one: no difference at p50 (0.0 % ± "))
  }

  @Test("the document and the page are of both")
  func forms() throws {
    let folder = TemporaryFolder()
    let file = folder.file("a.json", Array(try result(50_000).utf8))
    let json = shell("$SWVMM measure compare --json --report \(folder.path)/p \(file) \(file)")
    let document = try JSONNode(parsing: Array(json.output.utf8))
    #expect(document["schema"]?.value == "swvmm-comparison" && document["worse"]?.value == false)
    #expect(shell("grep -c 'a.json: one' \(folder.path)/p").status == 0)
    #expect(shell("grep -c '>one: no difference at p50 (' \(folder.path)/p").status == 0)
  }

  @Test("single runs have no verdict, whatever they differ by: 0, and what to do")
  func singleRuns() throws {
    let result = compare(try result(50_000, runs: 1), try result(90_000, runs: 1), "--legend")
    #expect(result.status == 0 && result.errors == "", "\(result.errors)")
    #expect(result.output.contains("  one: undecided at p50 (80."), "\(result.output)")
    #expect(result.output.contains("measure with --runs 5\n"))
    let legend = result.output.split(separator: "\n").drop { !$0.hasPrefix("at ") }
    #expect(legend.count > 5 && legend.allSatisfy { $0.count <= 80 })
  }

  @Test("results without a series in common, and what is none, are refused: 65")
  func refused() throws {
    let text = try result(50_000)
    #expect(compare(text, try result(50_000, name: "two")).isRefusal(saying: "has no series"))
    #expect(compare(text, "{}").isRefusal(saying: "b.json: line 1"))
    #expect(shell("$SWVMM measure compare x").status == 64)
    #expect(shell("$SWVMM measure compare /nowhere /nowhere").status == 66)
  }

  @Test("files of other tools become one result, beside ours")
  func importing() throws {
    let folder = TemporaryFolder()
    let own = folder.file("own.json", Array(try result(50_000).utf8))
    let rtla = folder.file("rtla", Array("Index IRQ-000\n3 10\nmax: 3\n".utf8))
    let kut = folder.file("kut", Array("latency: 5000\n".utf8))
    let both = shell("$SWVMM measure import --report r --tsc-khz 1000000 \(rtla) \(kut) \(own); ls")
    #expect(both.status == 0 && both.errors == "" && both.output.contains("\nr\n"))
    for name in ["timerlat interrupt, CPU 0", "tscdeadline_latency", "one"] {
      #expect(both.output.contains("  \(name) "), "\(name)")
    }
    let json = shell("$SWVMM measure import --json \(rtla)")
    #expect(try MeasurementResult(JSONNode(parsing: Array(json.output.utf8))).series.count == 1)
    let refused = shell("$SWVMM measure import \(rtla) \(kut)")
    #expect(refused.isRefusal(saying: "kut: line 1: latencies in cycles"))
    #expect(shell("$SWVMM measure import --tsc-khz 0 \(kut)").status == 64)
    #expect(shell("$SWVMM measure import").status == 64)
  }

  @Test("`merge` and `measure merge` point at each other where the file is the other's")
  func wrongMerge() throws {
    let folder = TemporaryFolder()
    let whole = folder.file("whole", Array(try result(50_000).utf8))
    let share = folder.file(
      "share", Array(#"{"schema": "swvmm-shard", "version": 1, "shard": "1/2", "result": {}}"#.utf8)
    )
    #expect(shell("$SWVMM merge \(whole)").isRefusal(saying: "`swvmm measure merge` adds"))
    for command in ["measure merge", "measure compare \(whole)", "measure import"] {
      let refused = shell("$SWVMM \(command) \(share)")
      let isPointed = refused.isRefusal(saying: "`swvmm merge` puts shares together")
      #expect(isPointed, "\(command): \(refused.errors)")
    }
  }

  @Test("conditions and runs that cannot be are usage errors, before anything is measured")
  func usage() {
    for options in [
      "--require p98=1us", "--require ''", "--runs 0", "--runs 1001", "--against x --trace y",
      "--against x --hgrm y",
    ] {
      let refused = shell("$SWVMM measure \(options)")
      #expect(refused.status == 64, "\(options): \(refused.errors)")
    }
  }

  @Test(
    "a program to compare with may print too much, anywhere, die, or leave its streams open: one line says so",
    arguments: [
      ("cat /dev/zero", 65, "it has more than 16 MiB"),
      ("head -c 1000000 /dev/zero >&2; echo late >&2; exit 9", 71, "measured nothing"),
      ("kill -SEGV $$", 71, "ended by SIGSEGV"), ("exit 9", 71, "exit status 9"),
      ("sleep 20 & echo no", 65, "printed no result"),
    ])
  func hostileProgram(script: String, status: Int32, words: String) {
    let result = shell(
      """
      printf '#!/bin/sh\n%s\n' '\(script)' >other; chmod +x other
      timeout -s KILL 15 $SWVMM measure --count 10 --against ./other
      """
    ).onQuietHost
    #expect(
      result.status == status && result.errors.contains(words), "\(result.errors.prefix(300))")
    #expect(result.hasOneLineOfComplaint, "\(result.errors.prefix(300))")
  }

  @Test("a program to compare with that cannot be started is refused before anything is measured")
  func missingProgram() {
    for (other, words) in [("./nope", "ENOENT"), ("./text", "EACCES"), (".", "EACCES")] {
      let refused = shell(
        """
        echo text >text; $SWVMM measure --count 1000000 --report page --against \(other); status=$?
        ! test -e page || echo opened; exit $status
        """)
      #expect(refused.status == 66 && refused.hasOneLineOfComplaint, "\(other): \(refused.errors)")
      #expect(refused.output == "", "a page was opened")
      #expect(refused.errors.contains(words) && refused.errors.contains(other), "\(refused.errors)")
    }
  }

  @Test("a program to compare with that ignores signals holds up the end for a second")
  func deafProgram() {
    let result = shell(
      """
      printf '#!/bin/sh\ntrap "" TERM\n: >started\nexec sleep 20\n' >other; chmod +x other
      timeout -s KILL 15 $SWVMM measure --count 10 --against ./other & child=$!
      while ! test -e started; do sleep 0.02; done
      kill -TERM $(pgrep -P $child); wait $child; echo $?
      """)
    #expect(result.output == "143\n", "\(result.output) \(result.errors)")
  }
}
