import BugMuseum
import Exploration
import JSON
import Synchronization
import Testing

@Suite("Regression")
struct RegressionTests {
  private func results(_ regression: Regression) throws -> [Regression.Result] {
    var results: [Regression.Result] = []
    try regression.run { results.append($0) }
    return results
  }

  @Test("Every exhibit passes")
  func passing() throws {
    var regression = Regression(threads: 2)
    regression.models = []
    let results = try results(regression)
    #expect(results.count == Museum.exhibits.count)
    for result in results { #expect(result.isPassed, "\(result.text())") }
  }

  @Test("An interruption leaves the results so far, and no half of one")
  func interruption() throws {
    final class Looks: Sendable { let count = Atomic<Int>(0) }
    let looks = Looks()
    var regression = Regression(matching: ["mips"], threads: 1)
    regression.models = []
    let whole = try results(regression)
    regression.isInterrupted = { looks.count.add(1, ordering: .relaxed).newValue > 20 }
    let part = try results(regression)
    #expect(part.count < whole.count)
    #expect(part == Array(whole.prefix(part.count)))
    regression.isInterrupted = { true }
    #expect(try results(regression).isEmpty)
  }

  @Test("An exhibit whose fault is gone falls short, and so does a model that is broken")
  func shortfalls() throws {
    let exhibit = try #require(Museum.exhibit("mips-freeze-lost-irq"))
    let other = try #require(Museum.exhibit("mips-dc-ignored"))
    var regression = Regression(threads: 1)

    func shortfall(_ change: (inout Exhibit) -> Void) throws -> String {
      var changed = exhibit
      change(&changed)
      changed.model.depth = 5
      regression.exhibits = [changed]
      regression.models = []
      return try results(regression)[0].shortfall ?? ""
    }
    #expect(try shortfall { $0.world = $0.model.world }.hasPrefix("its own schedule, on the bu"))
    #expect(try shortfall { $0.model.world = $0.world }.hasPrefix("its own schedule, on the ri"))
    #expect(try shortfall { $0.property = "early-interrupt" }.hasSuffix("on the bug: held"))
    #expect(
      try shortfall { $0.schedule.insert("read-count", at: 0) }.hasPrefix("found in 4 actions"))
    #expect(
      try shortfall { $0.schedule.append("read-count") }.hasPrefix(
        "its own schedule breaks it after"))
    #expect(try shortfall { _ in } == "")

    regression.exhibits = []
    regression.models = [other.model, other.model]
    regression.models[0].world = other.world
    regression.models[1].depth = 3
    let models = try results(regression)
    #expect(models[0].shortfall == "count-compare:set-dc")
    #expect(models[1].isPassed)
  }

  @Test("A filter chooses by parts of names and by groups")
  func filters() {
    #expect(Regression(matching: ["freeze-lost"], threads: 1).exhibits.count == 1)
    #expect(Regression(matching: ["freeze-lost"], threads: 1).models.isEmpty)
    #expect(Regression(matching: ["models"], threads: 1).models.count == Museum.models.count)
    #expect(Regression(matching: ["nothing"], threads: 1).exhibits.isEmpty)
    #expect(Regression(threads: 1).exhibits.count == Museum.exhibits.count)
  }

  private static let sample = [
    Regression.Result(name: "a", group: "g", title: "t #1", detail: "d"),
    Regression.Result(name: "b", group: "g", title: "t", detail: "d", shortfall: "<\"&>"),
    Regression.Result(name: "c", group: "g", title: "t", detail: "d", skipReason: "no"),
  ]

  private func text(_ format: TestFormat) -> String {
    let origin = TestOrigin(
      time: "2026-01-31T12:00:00Z", host: "here", properties: [.init("kernel", "6 & 7")])
    var writer = TestWriter<Regression.Result>(format)
    return Self.sample.reduce(writer.head) { $0 + writer.add($1) } + writer.closing(origin)
  }

  @Test("Text, TAP, JUnit and JSON, with what is special in each escaped")
  func formats() {
    #expect(
      text(.text)
        == "pass  a  d\nFAIL  b  d\n      <\"&>\nskip  c  d\n      no\n"
        + "1 of 3 passed, 1 skipped\n")
    #expect(
      text(.tap) == """
        TAP version 13
        ok 1 - a t \\#1
          ---
          duration_ms: 0.000
          ...
        not ok 2 - b t
          ---
          message: "<\\"&>"
          duration_ms: 0.000
          ...
        ok 3 - c t # SKIP no
        1..3

        """)
    #expect(
      text(.junit) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="swvmm" tests="3" failures="1" errors="0" time="0.000">
          <testsuite name="swvmm" tests="3" failures="1" errors="0" skipped="1" time="0.000" \
        timestamp="2026-01-31T12:00:00" hostname="here">
            <properties>
              <property name="kernel" value="6 &amp; 7"/>
            </properties>
            <testcase classname="g" name="a" time="0.000"/>
            <testcase classname="g" name="b" time="0.000">
              <failure type="shortfall" message="&lt;&quot;&amp;&gt;">&lt;&quot;&amp;&gt;</failure>
            </testcase>
            <testcase classname="g" name="c" time="0.000">
              <skipped>no</skipped>
            </testcase>
          </testsuite>
        </testsuites>

        """)
    var writer = TestWriter<Regression.Result>(.json)
    for result in Self.sample { #expect(writer.add(result) == "") }
    let json = writer.document.text(.pretty)
    #expect(json.contains("\"shortfall\": \"<\\\"&>\""))
    #expect(json.contains("\"passed\": 1"))
  }
}
