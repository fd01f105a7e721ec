import JSON
import Measurement

/// Measurements of other tools, and of ours, as `swvmm measure import` and `compare` take them.
///
/// *Reaches:* the readers of cyclictest's document, timerlat's columns and lines of latencies, and what is made
/// of any result: side by side, compared, judged by conditions. *Does not reach:* measuring, and files by name.
enum ImportTarget: FuzzTarget {
  static let name = "import"
  static let weight = 16

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    let kilohertz = Int(input.integer(UInt16.self))
    let text = input.remainder()
    guard
      var result = try? MeasurementResult(
        importing: text, kilohertz: kilohertz == 0 ? nil : kilohertz)
    else { return }
    try promise(result.hasAll || isOurs(text), "another tool's result has a fault")
    try check(result)
    let before = result
    result.nameSources("x")
    guard (try? result.append(before)) != nil else {
      return try promise(
        2 * before.series.count > MeasurementResult.seriesCountMax, "too few series are refused")
    }
    try promise(result.series.count == 2 * before.series.count, "a series is missing")
    try check(result)
    for isPaired in [true, false] {
      let comparison = Comparison(of: before, and: before, isPaired: isPaired)
      try promise(!comparison.isWorse, "a result is worse than itself")
      try promise(comparison.rows.count == before.series.count, "a series has no match in itself")
      try JSONTarget.checkWritten(comparison.json)
      try promise(comparison.rows.isEmpty || !comparison.text.isEmpty, "a comparison without text")
    }
    let requirements = try Requirement.list("p99<1us,p50>=0ns,max<3s,lost=0,mean<5ms")
    let gate = Gate(requirements, on: before)
    try promise(
      gate.findings.count == requirements.count * before.series.count, "a finding is missing")
    try promise(gate.findings.allSatisfy { !$0.description.isEmpty }, "a finding without text")
  }

  private static func isOurs(_ text: [UInt8]) -> Bool {
    (try? JSONNode(parsing: text))?["schema"] != nil
  }

  /// What is written reads back as the same result, and every other writer ends.
  private static func check(_ result: MeasurementResult) throws {
    let settings = Set(result.series.flatMap(\.configuration).map(\.name)).count
    if result.series.count * settings <= MeasurementResult.settingCellsMax {
      let text = Array(result.json.text().utf8)
      let again = try MeasurementResult(JSONNode(parsing: text, maximumCount: text.count))
      try promise(again == result, "a written result reads back as another")
    }
    try promise(!result.text.isEmpty && !result.html.isEmpty, "a result without text")
  }

  private static let cyclictest =
    #"{"thread":{"0":{"histogram":{"2":10,"9":7},"cycles":20,"min":2,"max":31,"cpu":0}},"resolution_in_ns":0}"#
  private static let timerlat = """
    # Time unit is microseconds (us)
    Index   IRQ-000   Thr-000
    0           276         0
    7             0       559
    over:         0         3
    max:          1        40
    ALL:        IRQ       Thr

    """

  static func seeds() -> [[UInt8]] {
    let texts = [cyclictest, timerlat, "x\nlatency: 24\nhit max: 100 < latency: -7\n"]
    return texts.map { [0, 4] + Array($0.utf8) }
  }

  static var largeInputs: [LargeInput] {
    func text(_ head: String, _ line: (Int) -> String, _ count: Int) -> [UInt8] {
      [0, 4] + Array(head.utf8) + Array((0..<count).map(line).joined().utf8)
    }
    return [
      LargeInput("latencies") { text("", { "latency: \($0 * 977 % 1_000_003)\n" }, 1 << 18) },
      LargeInput("steps") { text("Index IRQ-0\n", { "\($0) 1\n" }, 1 << 17) },
      LargeInput("columns") {
        text("Index", { " IRQ-\($0)" }, 1000)
          + Array("\n1\(String(repeating: " 7", count: 1000))\n".utf8)
      },
      LargeInput("a-line-without-end") { text("Index IRQ-0\n1 ", { _ in "9" }, 1 << 20) },
      LargeInput("steps-of-a-thread") {
        text(
          #"{"thread":{"0":{"max":200000,"cycles":1,"histogram":{"0":1"#, { ",\"\($0 + 1)\":2" },
          120_000) + Array("}}}}".utf8)
      },
      LargeInput("threads") {
        text(
          #"{"thread":{"x":{"max":1,"histogram":{}}"#,
          { ",\"\($0)\":{\"max\":1,\"histogram\":{\"1\":1}}" }, 990) + Array("}}".utf8)
      },
    ]
  }
}
