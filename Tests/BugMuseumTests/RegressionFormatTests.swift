import BugMuseum
import TestSupport
import Testing

/// What build servers read, by the rules of the formats.
@Suite("Regression's formats")
struct RegressionFormatTests {
  private static let texts = [
    "plain", "", "a # TODO b", "back\\slash \\# x", "<a & \"b\">", "]]>", "two\nlines", "tab\tCR\r",
    "\u{0}\u{1b}[31m\u{7f}\u{9b}", "é \u{1f600} \u{fffe}\u{ffff}\u{2028}", "# SKIP", "'",
  ]

  private static let results = texts.flatMap { text in
    [
      Regression.Result(name: text, group: text, title: text, detail: text),
      Regression.Result(name: text, group: "g", title: text, detail: text, shortfall: text),
      Regression.Result(name: text, group: "g", title: text, detail: text, skipReason: text),
    ]
  }

  @Test("JUnit: what Jenkins' schemas, the old and the new one, and Surefire's all take")
  func junit() throws {
    var results = Self.results
    results[0].duration = 61_002_999_999
    let suite = try XMLElement(RegressionFormat.junit.text(results))
    #expect(suite.name == "testsuite")
    // Required by junit-10.xsd (errors) and by surefire-test-report.xsd (skipped); no others by the old one.
    #expect(
      Set(suite.attributes.keys) == ["name", "tests", "failures", "errors", "skipped", "time"])
    #expect(suite.attributes["tests"] == "\(results.count)")
    #expect(suite.attributes["failures"] == "\(Self.texts.count)")
    #expect(suite.attributes["skipped"] == "\(Self.texts.count)")
    #expect(suite.attributes["errors"] == "0" && suite.attributes["time"] == "61.002")
    #expect(suite.children.count == results.count)
    for (test, result) in zip(suite.children, results) {
      #expect(test.name == "testcase")
      #expect(Set(test.attributes.keys) == ["classname", "name", "time"])
      #expect(Double(test.attributes["time"] ?? "") != nil)
      #expect(test.children.count == (result.isPassed ? 0 : 1))
      let element = test.children.first
      if result.skipReason != nil {
        #expect(element?.name == "skipped")
        #expect(element?.attributes == [:] && element?.children.isEmpty == true)
        if result.name == "<a & \"b\">" { #expect(element?.text == "<a & \"b\">") }
      } else if result.shortfall != nil {
        #expect(element?.name == "failure" && element?.text == "")
        #expect(element?.attributes.keys.sorted() == ["message", "type"])
      }
    }
    #expect(try XMLElement(RegressionFormat.junit.text([])).attributes["tests"] == "0")
  }

  @Test("TAP: a plan, a line a test in order, directives where they are meant, for 13 and for 14")
  func tap() throws {
    let text = RegressionFormat.tap.text(Self.results)
    #expect(text.hasSuffix("\n"))
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines.removeFirst() == "TAP version 13")
    #expect(lines.removeFirst() == "1..\(Self.results.count)")
    var number = 0
    for line in lines where !line.hasPrefix("# ") {
      let result = Self.results[number]
      number += 1
      let start = (result.shortfall == nil ? "ok" : "not ok") + " \(number) - "
      #expect(line.hasPrefix(start), "\(line)")
      // No escapes, which version 13 does not have; the only number sign begins the directive.
      #expect(!line.contains("\\"), "\(line)")
      let parts = line.split(separator: "#", omittingEmptySubsequences: false)
      #expect(parts.count == (result.skipReason == nil ? 1 : 2), "\(line)")
      if parts.count == 2 {
        #expect(parts[0].hasSuffix(" ") && parts[1].hasPrefix(" SKIP"), "\(line)")
      }
    }
    #expect(number == Self.results.count)
    #expect(lines.count { $0.hasPrefix("# ") } == Self.texts.count)
    #expect(
      text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
  }

  @Test("text: no line but the program's")
  func text() {
    let text = RegressionFormat.text.text(Self.results)
    #expect(text.split(separator: "\n").count == Self.results.count + 2 * Self.texts.count + 1)
    #expect(
      text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
  }
}
