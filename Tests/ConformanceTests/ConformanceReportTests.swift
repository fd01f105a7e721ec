import Conformance
import JSON
import Testing
import TimerModels

@Suite("Conformance report")
struct ConformanceReportTests {
  private func report() throws -> ConformanceReport {
    let text = #"""
      [{"id":"a","title":"good","ops":["let x = 1","diff y = 0-2"],
        "expect":{"x":{"in":[1,2]},"y":{"min":-3}}},
       {"id":"b","title":"wrong","ops":["let x = 1","let y = 0"],"expect":{"x":{"min":2,"max":3},"y":"any"}},
       {"id":"c","title":"stuck","ops":["let x = 1","idle"],"expect":{"x":1}}]
      """#
    let corpus = try ConformanceCorpus<MIPSVocabulary>(file: "r.json", bytes: Array(text.utf8))
    return corpus.run { CountCompareMachine<CountCompareTimer>() }
  }

  @Test("The text has a line a scenario, what fell short, and a closing count")
  func text() throws {
    #expect(
      try report().text == """
        pass  a  good
        FAIL  b  wrong
              x: expected 2...3, observed 1
        FAIL  c  stuck
              r.json:4: c, operation 2: this would never end: the timer's interrupt is masked, \
        so nothing ends the idling
        r.json: 1 of 3 scenarios passed

        """)
  }

  @Test("Titles stand below each other, but for those behind a very long id")
  func columns() throws {
    var report = try report()
    report.results[0].id = "\u{1b}longer"
    let text = report.text
    #expect(text.hasPrefix("pass  \\u{1b}longer  good\nFAIL  b             wrong\n"), "\(text)")
    report.results[0].id = String(repeating: "x", count: 1000)
    #expect(report.text.contains("\nFAIL  b" + String(repeating: " ", count: 61) + "wrong\n"))
  }

  @Test("The JSON document has the same in full")
  func json() throws {
    let json = try report().json
    #expect(
      json.text() == """
        {"file":"r.json","model":"mips","scenarios":3,"passed":1,"results":[\
        {"id":"a","title":"good","line":1,"passed":true,"checks":[\
        {"name":"x","expected":{"in":["1","2"]},"observed":"1","passed":true},\
        {"name":"y","expected":{"min":"-3"},"observed":"-2","passed":true}]},\
        {"id":"b","title":"wrong","line":3,"passed":false,"checks":[\
        {"name":"x","expected":{"min":"2","max":"3"},"observed":"1","passed":false},\
        {"name":"y","expected":"any","observed":"0","passed":true}]},\
        {"id":"c","title":"stuck","line":4,"passed":false,"checks":[\
        {"name":"x","expected":"1","observed":"1","passed":true}],"error":"r.json:4: c, operation 2: \
        this would never end: the timer's interrupt is masked, so nothing ends the idling"}]}
        """)
  }

  @Test("Only a report without a failure is passed")
  func passed() throws {
    var report = try report()
    #expect(!report.isPassed)
    #expect(report.passedCount == 1)
    report.results.removeLast(2)
    #expect(report.isPassed)
  }
}
