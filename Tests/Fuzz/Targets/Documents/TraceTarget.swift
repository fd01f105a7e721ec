import TSCReplay

/// The text of a kernel's trace events, as `swvmm tsc` takes it.
///
/// *Reaches:* scanner, fields, explanations, verdict. *Does not reach:* how the command lays them out.
enum TraceTarget: FuzzTarget {
  static let name = "trace"
  static let weight = 16

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    let step = max(1, Int(input.integer(UInt16.self)))
    let text = input.remainder()
    let whole = scan(text, step: max(1, text.count))
    try promise(scan(text, step: step) == whole, "a text in pieces is another than the whole")
    guard case .success(let scanned) = whole else { return }
    try promise(
      scanned.records.allSatisfy { (1...scanned.lines).contains($0.line) },
      "a line beyond the text's")
    var explained = TraceReplay()
    var noted = TraceReplay()
    for record in scanned.records {
      try promise(!explained.explain(record).isEmpty, "an event without a meaning")
      noted.note(record)
    }
    let verdict = explained.verdict(lines: scanned.lines)
    try promise(noted.verdict(lines: scanned.lines) == verdict, "explaining changes the verdict")
    try promise(verdict.events == scanned.records.count, "an event is not counted")
    try promise(!verdict.text.isEmpty, "a verdict without text")
    try JSONTarget.checkWritten(verdict.json)
  }

  private struct Scanned: Equatable {
    let records: [TraceRecord]
    let lines: Int
  }

  private static func scan(_ text: [UInt8], step: Int) -> Result<Scanned, TraceError> {
    var scanner = TraceScanner()
    var records: [TraceRecord] = []
    do throws(TraceError) {
      for start in stride(from: 0, to: text.count, by: step) {
        let piece = Array(text[start..<min(start + step, text.count)])
        try scanner.scan(piece.span) { records.append($0) }
      }
      try scanner.finish { records.append($0) }
      return .success(Scanned(records: records, lines: scanner.lineCount))
    } catch {
      return .failure(error)
    }
  }

  static func seeds() -> [[UInt8]] {
    let lines = TSCExample.trace.text.split(separator: "\n").map { Array($0.utf8) + [0x0a] }
    return [[7, 0] + lines.joined(), [0xff, 0xff] + lines.joined()] + lines.map { [3, 0] + $0 }
  }

  static var largeInputs: [LargeInput] {
    let text = Array(TSCExample.trace.text.utf8)
    return [
      LargeInput("events") { [0xff, 0xff] + Array(repeatElement(text, count: 4000).joined()) },
      LargeInput("a-line-without-end") {
        [0xff, 0xff] + [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
      },
      LargeInput("colons") { [0xff, 0xff] + [UInt8](repeating: UInt8(ascii: ":"), count: 60_000) },
      LargeInput("empty-lines") { [0xff, 0xff] + [UInt8](repeating: 0x0a, count: 1 << 22) },
    ]
  }
}
