/// What a trace itself says of events that are not in it.
///
/// The words, by tool:
/// - ftrace's `trace` and `trace_pipe`: `CPU:1 [LOST 12 EVENTS]`, and in a header
///   `# entries-in-buffer/entries-written: 250/4711` where the two differ; `##### CPU 1 buffer
///   started ####` where older events of that processor were overwritten;
/// - `trace-cmd report`: `CPU:1 [12 EVENTS DROPPED]`; with `--stat` `overrun: 12`, `dropped events: 12`;
/// - `perf script --show-lost-events`: `PERF_RECORD_LOST lost 12`; `perf trace`: `LOST 12 events!`; and
///   as a warning of perf's, `lost 2 chunks!` and the like.
public struct TraceLoss: Hashable, Sendable {
  /// The first line that says so, counted from 1.
  public var line: Int
  /// How many lines do.
  public var count: Int
  /// What the first line says: its start, which may hold anything.
  public var words: String

  init(line: Int, count: Int, words: Span<UInt8>) {
    self.line = line
    self.count = count
    var bytes: [UInt8] = []
    for index in 0..<min(words.count, 120) { bytes.append(words[index]) }
    self.words = String(decoding: bytes.drop { $0 <= Ascii.space }, as: UTF8.self)
  }

  /// Whether what stands at a colon is looked at again when the line's end is there.
  static func mayBeSaid(at colon: Int, from start: Int, in piece: Span<UInt8>) -> Bool {
    // `CPU:1 [`, `overrun:`, `dropped events:`, `entries-written:`; ` PERF_RECORD_` behind a time.
    guard colon - start > 2 else { return false }
    switch (piece[colon - 3], piece[colon - 2], piece[colon - 1]) {
    case (UInt8(ascii: "C"), UInt8(ascii: "P"), UInt8(ascii: "U")),
      (UInt8(ascii: "r"), UInt8(ascii: "u"), UInt8(ascii: "n")),
      (UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "s")),
      (UInt8(ascii: "t"), UInt8(ascii: "e"), UInt8(ascii: "n")):
      return true
    default:
      return colon + 3 < piece.count && piece[colon + 2] == UInt8(ascii: "P")
        && piece[colon + 3] == UInt8(ascii: "E")
    }
  }

  /// Whether a line without such a colon may say it, by its first and its last byte.
  static func isPossible(_ line: Span<UInt8>) -> Bool {
    guard line.count > 0 else { return false }
    let last = line[line.count - 1]
    return last == UInt8(ascii: "]") || last == UInt8(ascii: "!") || last == Ascii.carriageReturn
      || line[0] == UInt8(ascii: "#") || line[0] == UInt8(ascii: "P")
  }

  /// Whether a line says that events were lost.
  ///
  /// *Why a `String`:* few lines come here.
  static func isSaid(by line: Span<UInt8>) -> Bool {
    var bytes: [UInt8] = []
    for index in 0..<min(line.count, 512) { bytes.append(line[index]) }
    let text = String(decoding: bytes, as: UTF8.self).lowercased()
    let words = text.split { " \t\r[]!:".contains($0) }
    if text.hasPrefix("#") { return isSaid(byHeader: words, text) }
    if let name = words.firstIndex(where: { $0.hasPrefix("perf_record_lost") }) {
      return words[name...].last.map { $0 != "0" } ?? true
    }
    if let lost = words.lastIndex(of: "lost") {
      let rest = words[(lost + 1)...]
      return rest.first != "0"
        && (["events", "chunks", "samples"].contains(words.last) || rest.last?.last == "%")
    }
    let end = Array(words.suffix(3))
    if end.last == "dropped" { return end.dropLast().last == "events" && end.first != "0" }
    guard let number = end.last.flatMap({ UInt64($0) }), number > 0 else { return false }
    return end.dropLast().last == "overrun"
      || (end.count == 3 && end[0] == "dropped" && end[1] == "events")
  }

  private static func isSaid(byHeader words: [Substring], _ text: String) -> Bool {
    if text.hasPrefix("##### cpu ") { return words.contains("buffer") && words.contains("started") }
    guard let name = words.firstIndex(of: "entries-in-buffer/entries-written"),
      words.indices.contains(name + 1)
    else { return false }
    let numbers = words[name + 1].split(separator: "/").map { UInt64($0) }
    guard numbers.count == 2, let inBuffer = numbers[0], let written = numbers[1] else {
      return false
    }
    return inBuffer < written
  }
}
