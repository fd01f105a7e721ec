import JSON
import TestSupport
import Testing

/// `swvmm regress`, `explore` and `replay` as commands; what they find is BugMuseumTests' matter.
@Suite("regress, explore, replay", .timeLimit(.minutes(1)))
struct RegressTests {
  private static let freeze = "mips-freeze-lost-irq"
  private static let schedule = "tick-end,compare+1,match,host-compare+quarter"

  @Test("regress: a line a test, a closing count, and 0 if all passed")
  func regress() {
    let result = shell("$SWVMM regress count-compare-cause \(Self.freeze)")
    #expect(result.status == 0)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.first?.hasPrefix("pass  count-compare-cause  held in every state") == true)
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
    #expect(list.contains("mips      \(Self.freeze)  "))
  }

  @Test("regress: a failure has its text in JUnit, and the slowest tests are listed")
  func slowest() {
    let result = shell("$SWVMM regress --slowest 1 count-compare-cause \(Self.freeze)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 5 && lines[2] == "slowest" && lines[3].contains(" ms  "), "\(lines)")
  }

  @Test("regress: a filter that matches nothing is a usage error, also beside one that does")
  func filters() {
    for words in [
      "\(Self.freeze) nosuch", "live/\(Self.freeze)", "live/nosuch --live",
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
    #expect(shell("$SWVMM replay count-compare/\(Self.freeze):match").status == 1)
  }

  @Test("What cannot be is refused")
  func refused() {
    let unreadable = [
      "nonsense", "nowhere:match", "count-compare:frobnicate", "count-compare:start",
      "count-compare/nothing:match", "count-compare-cause/\(Self.freeze):match",
    ]
    for string in unreadable {
      let result = shell("$SWVMM replay \(string)")
      #expect(result.status == 65, "\(string)")
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
