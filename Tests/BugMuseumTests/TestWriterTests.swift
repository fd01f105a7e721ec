import BugMuseum
import TerminalText
import TestSupport
import Testing

/// What build servers read, by the rules of the formats.
@Suite("Formats of tests' results")
struct TestWriterTests {
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

  private static let origin = TestOrigin(
    time: "2026-01-31T12:00:00Z", host: "here", properties: [.init("commandLine", "a '<' b")])

  private func text(_ format: TestFormat, _ results: [Regression.Result] = results) -> String {
    var writer = TestWriter<Regression.Result>(format)
    return results.reduce(writer.head) { $0 + writer.add($1) } + writer.closing(Self.origin)
  }

  @Test("JUnit: a root of suites, as Jenkins' schemas, the old and the new one, take it")
  func junit() throws {
    var results = Self.results
    results[0].duration = 61_002_999_999
    let root = try XMLElement(text(.junit, results))
    #expect(root.name == "testsuites" && root.children.count == 1)
    #expect(Set(root.attributes.keys) == ["name", "tests", "failures", "errors", "time"])
    var suite = try #require(root.children.first)
    #expect(suite.name == "testsuite")
    #expect(
      Set(suite.attributes.keys) == [
        "name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname",
      ])
    #expect(suite.attributes["timestamp"] == "2026-01-31T12:00:00")
    let properties = suite.children.removeFirst()
    #expect(properties.name == "properties")
    #expect(
      properties.children.map(\.attributes) == [["name": "commandLine", "value": "a '<' b"]])
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
        #expect(element?.name == "failure" && element?.text == element?.attributes["message"])
        #expect(element?.attributes.keys.sorted() == ["message", "type"])
      }
    }
    #expect(try XMLElement(text(.junit, [])).attributes["tests"] == "0")
  }

  @Test("TAP: a plan, a line a test in order, directives where they are meant, for 13 and for 14")
  func tap() throws {
    let text = text(.tap)
    #expect(text.hasSuffix("\n"))
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines.removeFirst() == "TAP version 13")
    #expect(lines.removeLast() == "1..\(Self.results.count)")
    var number = 0
    for line in lines where !line.hasPrefix("  ") {
      let result = Self.results[number]
      number += 1
      let start = (result.shortfall == nil ? "ok" : "not ok") + " \(number) - "
      #expect(line.hasPrefix(start), "\(line)")
      let (description, directive) = Self.read(line.dropFirst(start.count))
      #expect(description == "\(result.name.visible) \(result.title.visible)", "\(line)")
      #expect(
        directive == result.skipReason.map { $0.isEmpty ? "SKIP" : "SKIP \($0.visible)" }, "\(line)"
      )
    }
    #expect(number == Self.results.count)
    // A test that was run has its duration, and one that fell short says why.
    #expect(lines.count { $0 == "  ---" } == 2 * Self.texts.count)
    #expect(lines.count { $0.hasPrefix("  duration_ms: ") } == 2 * Self.texts.count)
    #expect(lines.count { $0.hasPrefix("  message: \"") } == Self.texts.count)
    #expect(
      text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
  }

  /// A description and its directive, as the specification of version 14 reads them.
  private static func read(_ text: Substring) -> (description: String, directive: String?) {
    var parts = [""]
    var isEscaped = false
    for character in text {
      switch character {
      case _ where isEscaped:
        #expect(character == "#" || character == "\\", "\(text)")
        parts[parts.count - 1].append(character)
        isEscaped = false
      case "\\": isEscaped = true
      case "#" where parts[parts.count - 1].hasSuffix(" "):
        parts[parts.count - 1].removeLast()
        parts.append("")
      default: parts[parts.count - 1].append(character)
      }
    }
    #expect(!isEscaped && parts.count <= 2, "\(text)")
    return (parts[0], parts.count == 2 ? String(parts[1].drop { $0 == " " }) : nil)
  }

  @Test("text: no line but the program's")
  func text() {
    let text = text(.text)
    #expect(text.split(separator: "\n").count == Self.results.count + 2 * Self.texts.count + 1)
    #expect(
      text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
  }
}
