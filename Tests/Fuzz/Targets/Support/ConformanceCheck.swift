import Conformance
import JSON
import LinuxHost

/// What holds of conformance scripts for either architecture.
enum ConformanceCheck {
  /// What an operation of the script costs, in nanoseconds.
  static let costs: [UInt64] = [0, 1, 999, 1_000_000_000]
  /// Slowest, usual, a prime, fastest; in hertz.
  static let frequencies: [UInt64] = [1, 100_000_000, 999_999_937, 1_000_000_000]

  /// A fifth of what the command grants: a loop without end ends by it in far less time than is too much.
  static let budget = ConformanceBudget(limit: 2_000_000)

  /// Runs a script twice: the verdicts add up, are about the file's lines, and are the same again.
  static func run<Machine: ConformanceMachine>(
    _ script: [UInt8], on makeMachine: () -> Machine
  ) throws {
    typealias Corpus = ConformanceCorpus<Machine.Vocabulary>
    guard let corpus = try? Corpus(file: "script", bytes: script) else { return }
    let report = corpus.run(on: makeMachine)
    try promise(report.results.count == corpus.scenarios.count, "a scenario without a result")
    let failed = report.results.count { !$0.isPassed }
    try promise(report.passedCount + failed == report.results.count, "verdicts do not add up")
    let lineCount = script.count { $0 == UInt8(ascii: "\n") } + 1
    try promise(
      report.results.allSatisfy { (1...lineCount).contains($0.line) }, "a line beyond the file")
    try promise(
      report.text.hasSuffix("\(report.passedCount) of \(report.results.count) scenarios passed\n"),
      "the text ends otherwise than the count")
    try JSONTarget.checkWritten(report.json)
    // A scenario that ran into its limit of work took long enough once.
    guard report.results.allSatisfy({ $0.error == nil }) else { return }
    try promise(corpus.run(on: makeMachine) == report, "the second run gives another report")
  }

  /// Every scenario of a kept conformance corpus, as a separate script.
  static func seeds(from corpus: String) throws -> [[UInt8]] {
    let path = KeptCorpus.repository + "Tests/ConformanceTests/Corpora/" + corpus
    guard let file = try HostFile.contents(of: path, limit: 1 << 24),
      case .array(let scenarios) = try JSONNode(parsing: file).value
    else { return [] }
    // Nothing of cost, the second frequency.
    return scenarios.map { [0, 1] + Array(JSONValue.array([$0]).text().utf8) }
  }

  /// A scenario of many operations, and many scenarios.
  static func largeInputs(_ read: String) -> [LargeInput] {
    func scenario(_ id: Int, _ operations: some Sequence<String>) -> String {
      let list = operations.map { "\"\($0)\"" }.joined(separator: ",")
      return #"{"id":"\#(id)","title":"","ops":[\#(list)],"expect":{}}"#
    }
    func script(_ scenarios: [String]) -> [UInt8] {
      [0, 1] + Array("[\(scenarios.joined(separator: ",\n"))]".utf8)
    }
    return [
      LargeInput("operations") { script([scenario(0, repeatElement(read, count: 20_000))]) },
      LargeInput("scenarios") { script((0..<8000).map { scenario($0, [read]) }) },
      LargeInput("nested-loops") {
        script([
          scenario(
            0,
            Array(repeating: "repeat 1000000 i", count: 6) + [read]
              + Array(repeating: "end", count: 6))
        ])
      },
      LargeInput("names") {
        script([scenario(0, (0..<20_000).map { "let v\($0) = \($0)" })])
      },
    ]
  }
}
