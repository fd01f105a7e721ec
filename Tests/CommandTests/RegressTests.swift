import JSON
import TestSupport
import Testing

/// `swvmm regress`, `explore` and `replay` as commands; what they find is BugMuseumTests' matter.
@Suite("regress, explore, replay", .timeLimit(.minutes(5)))
struct RegressTests {
  private static let freeze = "mips-freeze-lost-irq"
  private static let schedule = "tick-end,compare+1,match,host-compare+quarter"

  @Test("regress: a line a test, a closing count, and 0 if all passed")
  func regress() {
    let result = shell("$SWVMM regress count-compare-cause \(Self.freeze)")
    #expect(result.status == 0)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 3)
    // The second name is longer by one: what follows the names begins below each other, also in a pipe.
    #expect(lines.first?.hasPrefix("pass  count-compare-cause   held in every state") == true)
    #expect(lines[1].hasPrefix("pass  \(Self.freeze)  count-compare/"), "\(lines)")
    #expect(lines.last == "2 of 2 passed")
    #expect(result.errors == "")
  }

  @Test("regress: the formats that other programs read")
  func formats() throws {
    let tap = shell("$SWVMM regress --format tap \(Self.freeze)").output
    #expect(tap.hasPrefix("TAP version 13\nok 1 - \(Self.freeze) "))
    let junit = shell("$SWVMM regress --format junit \(Self.freeze)").output
    #expect(junit.contains("<testcase classname=\"mips\" name=\"\(Self.freeze)\" time=\""))
    for options in ["--json", "--format json", "--list --json"] {
      let json = shell("$SWVMM regress \(options) \(Self.freeze)").output
      #expect(try JSONNode(parsing: Array(json.utf8)).kind == "an object", "\(options)")
    }
    let list = shell("$SWVMM regress --list").output
    #expect(list.contains("mips       \(Self.freeze)  "))
  }

  @Test("regress: a failure has its text in JUnit, and the slowest tests are listed")
  func slowest() {
    let result = shell("$SWVMM regress --slowest 1 count-compare-cause \(Self.freeze)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 5 && lines[2] == "slowest" && lines[3].contains(" ms  "), "\(lines)")
  }

  /// Tests of which the second takes seconds.
  private static let slow = ["regress", freeze, "tsc", "--format"]

  @Test("regress: TAP comes as results do, with durations, and ends whole when it is cut")
  func tapStream() throws {
    let child = try Child(Self.slow + ["tap"])
    #expect(child.readLine() == "TAP version 13\n")
    // Models come first.
    #expect(child.readLine().hasPrefix("ok 1 - tsc"))
    #expect(child.readLine() == "  ---\n")
    #expect(child.readLine().hasPrefix("  duration_ms: "))
    #expect(child.poll() == nil)
    child.send(2)
    let rest = child.read(1 << 20)
    #expect(child.wait() == 130)
    #expect(rest.contains("- interrupted the catalogue was completed\n"), "\(rest)")
    #expect(rest.contains("  message: \"ended by SIGINT\"\n"))
    let plan = rest.split(separator: "\n").last ?? ""
    let points = rest.split(separator: "\n").count { $0.hasPrefix("ok") || $0.hasPrefix("not ok") }
    #expect(plan == "1..\(points + 1)")
  }

  @Test("regress: text comes as results do, too")
  func textStream() throws {
    let child = try Child(Self.slow + ["text"])
    #expect(child.readLine().hasPrefix("pass  tsc"))
    #expect(child.poll() == nil)
    child.send(2)
    let rest = child.read(1 << 20)
    #expect(rest.contains("FAIL  interrupted"))
    let closing = rest.split(separator: "\n").last ?? ""
    let run = 1 + rest.split(separator: "\n").count { $0.hasPrefix("pass  ") }
    let count = shell("$SWVMM regress --list \(Self.freeze) tsc").output
      .split(separator: "\n").count
    #expect(closing == "\(run) of \(count) run, \(run) passed; interrupted", "\(rest)")
    #expect(child.wait() == 130)
  }

  @Test("regress: JUnit is whole when it is cut, by a signal and by --timeout")
  func cutJUnit() throws {
    // As soon as threads search: a signal before that ends the program at once.
    let signalled = shell(
      """
      $SWVMM \(Self.slow.joined(separator: " ")) junit --threads 2 & p=$!
      until [ "$(ls /proc/$p/task | wc -l)" -gt 1 ]; do sleep 0.01; done
      kill -TERM $p; wait $p
      """)
    #expect(signalled.status == 143)
    let cut = try XMLElement(signalled.output)
    let limited = shell("$SWVMM \(Self.slow.joined(separator: " ")) junit --timeout 0.05")
    #expect(limited.status == 124)
    for (root, reason) in [
      (cut, "ended by SIGTERM"), (try XMLElement(limited.output), "ended after 50ms (--timeout)"),
    ] {
      let suite = try #require(root.children.first)
      #expect(root.name == "testsuites" && suite.attributes["hostname"] != nil)
      let last = try #require(suite.children.last)
      #expect(last.attributes["name"] == "interrupted")
      #expect(last.children.first?.attributes["message"] == reason)
    }
  }

  @Test("regress: Perl's harness reads its TAP, as it is and cut")
  func harness() {
    let result = shell(
      """
      command -v prove >/dev/null || exit 0
      $SWVMM regress \(Self.freeze) --format tap >whole
      $SWVMM regress tsc --timeout 0.01 --format tap >cut
      prove -q --exec cat whole || exit 1
      prove -q --exec cat cut && exit 2
      exit 0
      """)
    #expect(result.status == 0, "\(result)")
  }

  @Test("regress: --list has the tests that --live adds")
  func liveList() {
    let live = shell("$SWVMM regress --list --live \(Self.freeze)").output.split(separator: "\n")
    #expect(live.count == 2 && live[1].hasPrefix("live  live/\(Self.freeze)  "), "\(live)")
  }

  @Test("regress: a filter that matches nothing is a usage error, also beside one that does")
  func filters() {
    for words in [
      "\(Self.freeze) nosuch", "live/\(Self.freeze)", "live/nosuch --live",
      // It has no guest.
      "live/qemu-gic-targets-ignored --live",
      "--json --format tap gic",
      "--list --format junit", "--slowest -1 gic",
    ] {
      let result = shell("$SWVMM regress \(words)")
      #expect(result.status == 64 && result.output == "", "\(words)")
      #expect(result.hasOneLineOfComplaint, "\(result.errors)")
    }
  }

  @Test("explore --exhaustive: 2 where a bound was met, 0 where not, 1 for a fault")
  func exhaustive() {
    #expect(shell("$SWVMM explore count-compare --depth 2 --exhaustive").status == 2)
    #expect(shell("$SWVMM explore count-compare-cause --exhaustive").status == 0)
    #expect(shell("$SWVMM explore --bug \(Self.freeze) --exhaustive").status == 1)
  }

  @Test("explore: a right model holds, an exhibit is found and its schedule printed")
  func explore() {
    let right = shell("$SWVMM explore count-compare-cause 2>&1")
    #expect(right.status == 0)
    #expect(right.output.contains("count-compare-cause: held in every state (exhausted); "))
    let shallow = shell("$SWVMM explore count-compare --depth 2 2>&1")
    #expect(shallow.status == 0)
    #expect(shallow.output.contains("that 2 actions lead to (depth)"))
    let faulty = shell("$SWVMM explore count-compare --bug \(Self.freeze)")
    #expect(faulty.status == 1)
    #expect(faulty.output.contains("swvmm replay count-compare/\(Self.freeze):"))
    let json = shell("$SWVMM explore --bug \(Self.freeze) --json")
    #expect(json.output.contains("\"property\""))
  }

  @Test("explore: what it prints does not depend on the number of threads")
  func threads() {
    let outputs = [1, 2, 3].map { threads in
      shell("$SWVMM explore --bug \(Self.freeze) --threads \(threads) 2>/dev/null").output
    }
    #expect(outputs[0] != "")
    #expect(Set(outputs).count == 1)
  }

  @Test("replay: on the right model and on the exhibit, which it must tell apart")
  func replay() {
    let both = shell("$SWVMM replay count-compare/\(Self.freeze):\(Self.schedule)")
    #expect(both.status == 0)
    #expect(both.output.contains("right: held\n"))
    #expect(both.output.contains("\(Self.freeze): broken: lost-interrupt\n"))
    #expect(shell("$SWVMM replay count-compare:\(Self.schedule)").status == 0)
    // Both hold: the schedule shows nothing.
    for schedule in ["match", ""] {
      let none = shell("$SWVMM replay count-compare/\(Self.freeze):\(schedule)")
      #expect(none.status == 1 && none.errors == "swvmm: the schedule does not show the bug\n")
    }
  }

  @Test("What cannot be is refused")
  func refused() {
    for (string, status, reason) in [
      ("nonsense", Int32(64), "is not MODEL:ACTION"), ("nowhere:match", 64, "no such model"),
      ("count-compare:frobnicate", 64, "swvmm explore count-compare --describe"),
      ("count-compare:start", 65, "cannot happen"),
      ("count-compare/\(Self.freeze):start", 65, "cannot happen"),
      ("count-compare/nothing:match", 64, "no such bug"),
      ("count-compare-cause/\(Self.freeze):match", 64, "is a bug of count-compare"),
      // Of another model the actions are unknown, too; that is not what is wrong.
      ("gic/\(Self.freeze):match", 64, "is a bug of count-compare, not of gic"),
    ] {
      let result = shell("$SWVMM replay \(string)")
      #expect(result.status == status && result.errors.contains(reason), "\(string)")
      #expect(result.hasOneLineOfComplaint, "\(result.errors)")
    }
    let misused = [
      "explore nowhere", "explore --bug nothing", "explore --threads 0 count-compare",
      "explore count-compare-cause --bug \(Self.freeze)", "explore --depth -1 count-compare",
      "regress nothing", "regress --format yaml", "replay",
    ]
    for command in misused { #expect(shell("$SWVMM \(command)").status == 64, "\(command)") }
  }
}
