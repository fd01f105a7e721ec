/// What a unit test printed, as it comes: reports, and a summary at the end.
struct UnitTestOutput: Sendable {
  /// One report.
  struct Report: Hashable, Sendable {
    /// `PASS`, `FAIL`, `SKIP`, `XPASS`, `XFAIL` or `KFAIL`.
    let verdict: String
    let text: String

    /// Whether it is a failure that nothing expected.
    var isFailure: Bool { verdict == "FAIL" || verdict == "XPASS" }
  }

  /// The first ones, up to a limit.
  private(set) var reports: [Report] = []
  /// All of them.
  private(set) var reportCount = 0
  private(set) var failureCount = 0
  private var lastLines: [String] = []
  private var line: [UInt8] = []

  private static let reportsMax = 10_000
  /// More of a line is not kept.
  private static let lineMax = 1000
  /// The runner of kvm-unit-tests looks for the summary in the last five lines.
  private static let summaryReach = 5
  private static let verdicts = ["PASS", "FAIL", "SKIP", "XPASS", "XFAIL", "KFAIL"]

  /// The summary without its label; nil if the test did not come to it.
  var summary: String? {
    let label = "SUMMARY: "
    return lastLines.last { $0.hasPrefix(label) }.map { String($0.dropFirst(label.count)) }
  }

  /// Takes bytes as they come.
  mutating func append(_ bytes: [UInt8]) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        endLine()
      } else if line.count < Self.lineMax {
        line.append(byte)
      }
    }
  }

  /// Takes what is left as a line.
  mutating func end() { if !line.isEmpty { endLine() } }

  private mutating func endLine() {
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    let text = String(decoding: line, as: UTF8.self)
    line.removeAll(keepingCapacity: true)
    lastLines.append(text)
    if lastLines.count > Self.summaryReach { lastLines.removeFirst() }
    guard let colon = text.firstIndex(of: ":"), Self.verdicts.contains(String(text[..<colon]))
    else {
      return
    }
    let report = Report(
      verdict: String(text[..<colon]),
      text: String(text[text.index(after: colon)...].drop { $0 == " " }))
    reportCount += 1
    if report.isFailure { failureCount += 1 }
    if reports.count < Self.reportsMax { reports.append(report) }
  }
}
