import JSON
import TestSupport
import Testing

/// `--shard` and `swvmm merge`: the shares of one command, and what they add up to.
@Suite("merge", .timeLimit(.minutes(5)))
struct MergeTests {
  /// Runs all shares of a command, and merges them as given by `order`.
  private func merge(_ command: String, shares: Int, _ order: String) -> CommandResult {
    shell(
      """
      for share in $(seq \(shares)); do
        $SWVMM \(command) --json --shard $share/\(shares) > $share.json || echo $share ends with $? >&2
      done
      $SWVMM merge \(order)
      """)
  }

  /// A document of tests without what says where it comes from, and how long each took.
  private func tests(of result: CommandResult) -> String? {
    guard let tests = result.output.firstRange(of: "\"tests\":") else { return nil }
    let text = String(result.output[tests.lowerBound...])
    return text.split(separator: "\n").filter { !$0.contains("\"durationNanoseconds\": ") }
      .joined(separator: "\n")
  }

  @Test("regress: the shares add up to the bytes that one process prints")
  func regress() {
    // Small searches: a bound of seconds must end none of them, on whatever host.
    let tests = "count-compare-cause mips-freeze-lost-irq mips-vz-gtoffset-order"
    let whole = shell("$SWVMM regress --json \(tests)")
    let merged = merge("regress \(tests)", shares: 3, "3.json 1.json 2.json")
    #expect(merged.status == 0 && merged.errors == "")
    #expect(self.tests(of: merged) == self.tests(of: whole) && self.tests(of: whole) != nil)
    // Each test is of one share, and no share has all.
    let lists = (1...3).map { shell("$SWVMM regress --list --shard \($0)/3 \(tests)").output }
    let all = shell("$SWVMM regress --list \(tests)").output
    let lines = lists.flatMap { $0.split(separator: "\n") }
    #expect(lists.allSatisfy { !$0.isEmpty } && lines.count == all.split(separator: "\n").count)
  }

  @Test("explore --walk: walks are added up, and a schedule that breaks is kept; 1")
  func walk() throws {
    let merged = merge(
      "explore --bug mips-freeze-lost-irq --walk 1 --timeout 1", shares: 2, "1.json 2.json")
    #expect(merged.status == 1 && merged.errors == "1 ends with 1\n2 ends with 1\n")
    let node = try JSONNode(parsing: Array(merged.output.utf8))
    #expect(node["schema"]?.value == "swvmm-walk" && node["shard"]?.value == "1/1")
    #expect(node["property"]?.kind == "a string" && node["replay"]?.kind == "a string")
  }

  /// The document of a share; `swvmm merge` sees only files, of whatever machine.
  private func share(
    _ shard: String, _ result: String, command: String = "x", version: String = "1",
    fellShort: Bool = false, isPartial: Bool = false
  ) -> String {
    """
    {"schema": "swvmm-shard", "version": 1, "program": {"version": "\(version)"},
     "shard": "\(shard)", "command": ["\(command)"], "fellShort": \(fellShort),
     "partial": \(isPartial), "result": \(result)}
    """
  }

  private func merge(_ documents: String...) -> CommandResult {
    let folder = TemporaryFolder()
    let files = documents.enumerated().map {
      folder.file("\($0.offset)", Array($0.element.utf8))
    }
    return shell("$SWVMM merge \(files.joined(separator: " "))")
  }

  private static let passed = #"{"schema": "swvmm-regress", "results": [{"passed": true}]}"#

  @Test("what is missing, there twice, of another command, version or number of shares: 65")
  func incomplete() {
    let first = share("1/2", Self.passed)
    let alone = merge(first)
    #expect(alone.status == 65 && alone.errors.contains("1 of 2 shares missing: 2"))
    for (other, complaint) in [
      (first, "share 1/2 is in "), (share("2/3", Self.passed), "number of shares"),
      (share("2/2", Self.passed, command: "y"), "command line"),
      (share("2/2", Self.passed, version: "2"), "version of this program"),
      (share("2/2", #"{"schema": "swvmm-walk"}"#), "command line"),
      (share("3/2", Self.passed), "I/N"), ("{}", "this is not what a command printed"),
    ] {
      let result = merge(first, other)
      #expect(result.status == 65 && result.output == "", "\(complaint)")
      #expect(result.errors.contains(complaint) && result.hasOneLineOfComplaint, "\(result.errors)")
    }
    #expect(merge(share("1/1000000", Self.passed)).errors.contains("999999 of 1000000 shares"))
  }

  @Test("a share that fell short, or that a signal ended, makes 1 of the whole")
  func status() {
    let first = share("1/2", Self.passed)
    #expect(merge(first, share("2/2", Self.passed)).status == 0)
    #expect(merge(first, share("2/2", Self.passed, fellShort: true)).status == 1)
    let partial = merge(first, share("2/2", Self.passed, isPartial: true))
    #expect(partial.status == 1 && partial.errors.contains("it was interrupted"))
  }

  @Test("a result that is malformed, or never shared out: 65, and a line that names the file")
  func malformed() {
    for result in [
      "1", "{}", #"{"schema": "swvmm-run"}"#, #"{"schema": "swvmm-regress"}"#,
      #"{"schema": "swvmm-regress", "results": [{"passed": 1}]}"#, #"{"schema": "swvmm-walk"}"#,
      #"{"schema": "swvmm-torture", "kernel": "6.1", "subjects": [{"subject": "nosuch"}]}"#,
      #"{"schema": "swvmm-measurement"}"#,
    ] {
      let merged = merge(share("1/1", result))
      #expect(merged.status == 65 && merged.hasOneLineOfComplaint, "\(result): \(merged.errors)")
    }
  }

  /// What a torture of the PIT found: cuts, and one kind of fault, shortest at an exit.
  private func torture(_ shard: String, cuts: Int, exit: Int, kernel: String = "6.1") -> String {
    share(
      shard,
      """
      {"schema": "swvmm-torture", "kernel": "\(kernel)", "known": null, "recipe": [], "subjects": [
        {"subject": "pit-oneshot", "cuts": \(cuts), "missed": 1, "partial": false, "notCut": null,
         "findings": [{"kind": "doubled", "cuts": 2, "phase": "armed", "words": "",
           "replay": "pit-oneshot:exit\(exit):natural:rest0:get-p:set-p:same",
           "confirmed": {"runs": 8, "seen": 8}}],
         "orders": [{"requests": "set", "first": "LAPIC", "second": "PIT2", "otherwise": ["lost"]}],
         "sampledOrders": 0, "harmfulOrders": 0}]}
      """, fellShort: true)
  }

  @Test("torture: cuts of a subject are added up, the shortest is kept, the recipe is of all; 1")
  func torture() throws {
    let merged = merge(torture("1/2", cuts: 5, exit: 9), torture("2/2", cuts: 6, exit: 3))
    #expect(merged.status == 1 && merged.errors == "")
    let node = try JSONNode(parsing: Array(merged.output.utf8))
    #expect(node["schema"]?.value == "swvmm-torture" && node["kernel"]?.value == "6.1")
    guard case .array(let subjects)? = node["subjects"]?.value, subjects.count == 1,
      case .object(let members) = subjects[0]
    else { return #expect(Bool(false), "\(merged.output)") }
    let subject = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
    #expect(subject["cuts"] == 11 && subject["missed"] == 2)
    #expect(merged.output.contains("pit-oneshot:exit3:natural"))
    #expect(!merged.output.contains("exit9") && merged.output.contains(#""cuts": 4"#))
    #expect(merged.output.contains("wait for its whole count"))
    let elsewhere = merge(
      torture("1/2", cuts: 5, exit: 9), torture("2/2", cuts: 6, exit: 3, kernel: "6.6"))
    #expect(elsewhere.status == 65 && elsewhere.errors.contains("cuts on 6.6, others on 6.1"))
  }

  @Test("--shard: not I/N, or with what cannot be shared out, is a usage error")
  func usage() {
    for words in [
      "regress --shard 0/2", "regress --shard 3/2", "regress --shard 1", "explore gic --shard 1/2",
      "torture --shard 1/2 --known builtin", "torture --shard 1/2 --reproducer x",
      "measure --shard 1/2 --against x", "measure --shard 1/2 --require lost=0", "merge",
    ] {
      let result = shell("$SWVMM \(words)")
      #expect(result.status == 64 && result.hasOneLineOfComplaint, "\(words): \(result.errors)")
    }
  }
}
