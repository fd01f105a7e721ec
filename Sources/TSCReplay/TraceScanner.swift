/// Finds KVM's TSC events in the text that `perf script` and `trace-cmd report` print.
///
/// An event is a word `kvm_track_tsc:`, alone or behind `kvm:`, and what follows it on the line.
/// Lines by which the tracer says that it lost events are noted. All other lines are passed over, each
/// byte looked at once. Memory is bounded by the longest line allowed.
public struct TraceScanner {
  /// The longest line that is taken for one.
  public static let longestLine = 1 << 16

  /// The lines that ended so far.
  public private(set) var lineCount = 0
  /// The start of a line whose end has not come yet.
  private var rest: [UInt8] = []
  /// What the text says of events that were lost, or nil where it says nothing.
  public private(set) var loss: TraceLoss?

  /// Creates a scanner at the start of a text.
  public init() {}

  /// What to do with a file that starts like a tool's own, which is not text; nil for any other.
  public static func remedy(for start: [UInt8]) -> String? {
    if start.starts(with: "PERFILE2".utf8) {
      return "this is perf record's own file; perf script -i FILE prints its text"
    }
    if start.starts(with: [0x17, 0x08, 0x44] + Array("tracing".utf8)) {
      return "this is trace-cmd record's own file; trace-cmd report -i FILE prints its text"
    }
    return nil
  }

  /// Scans the next piece of the text.
  ///
  /// - Parameters:
  ///   - piece: The bytes; they may start and end anywhere in a line.
  ///   - body: Is given each event.
  /// - Throws: ``TraceError`` for an event that cannot be read, and for a line without an end.
  public mutating func scan(
    _ piece: Span<UInt8>, _ body: (TraceRecord) throws(TraceError) -> Void
  ) throws(TraceError) {
    var piece = piece
    if !rest.isEmpty {
      let end = Self.firstNewline(in: piece)
      for index in 0..<(end ?? piece.count) { rest.append(piece[index]) }
      try checkLength(rest.count)
      guard let end else { return }
      let line = rest
      rest.removeAll(keepingCapacity: true)
      try scanLine(line.span, body)
      lineCount += 1
      piece = piece.extracting(droppingFirst: end + 1)
    }
    let start = try scanLines(piece, body)
    try checkLength(piece.count - start)
    for index in start..<piece.count { rest.append(piece[index]) }
  }

  /// Scans what is left when the text is over: a last line may lack its end.
  ///
  /// - Throws: ``TraceError`` as ``scan(_:_:)`` does.
  public mutating func finish(
    _ body: (TraceRecord) throws(TraceError) -> Void
  ) throws(TraceError) {
    guard !rest.isEmpty else { return }
    let line = rest
    rest.removeAll()
    do { try scanLine(line.span, body) } catch {
      throw TraceError(
        line: error.line,
        problem: "\(error.problem); the last line has no end: the trace may have been cut off")
    }
    lineCount += 1
  }

  /// Scans whole lines.
  ///
  /// - Returns: Where the last line, whose end is missing, starts.
  private mutating func scanLines(
    _ piece: Span<UInt8>, _ body: (TraceRecord) throws(TraceError) -> Void
  ) throws(TraceError) -> Int {
    var start = 0
    var mark = LineMark.none
    for index in 0..<piece.count {
      let byte = piece[index]
      guard byte == Ascii.colon || byte == Ascii.newline else { continue }
      if byte == Ascii.colon {
        mark.note(colon: index, from: start, in: piece)
        continue
      }
      try readLine(piece.extracting(start..<index), mark, from: start, body)
      mark = .none
      lineCount += 1
      start = index + 1
    }
    return start
  }

  private mutating func scanLine(
    _ line: Span<UInt8>, _ body: (TraceRecord) throws(TraceError) -> Void
  ) throws(TraceError) {
    var mark = LineMark.none
    for index in 0..<line.count where line[index] == Ascii.colon {
      mark.note(colon: index, from: 0, in: line)
    }
    try readLine(line, mark, from: 0, body)
  }

  /// Reads a line whose colons have been seen.
  private mutating func readLine(
    _ line: Span<UInt8>, _ mark: LineMark, from start: Int,
    _ body: (TraceRecord) throws(TraceError) -> Void
  ) throws(TraceError) {
    switch mark {
    case .event(let colon): try read(line, colon: colon - start, body)
    case .perfTrace:
      throw TraceError(
        line: lineCount + 1,
        problem: "this is perf trace's layout, which leaves out fields that are 0; perf record and "
          + "perf script print all of them")
    case .none, .loss:
      guard mark == .loss || TraceLoss.isPossible(line) else { return }
      guard TraceLoss.isSaid(by: line) else { return }
      if loss == nil { loss = TraceLoss(line: lineCount + 1, count: 0, words: line) }
      loss?.count += 1
    }
  }

  private func read(
    _ line: Span<UInt8>, colon: Int, _ body: (TraceRecord) throws(TraceError) -> Void
  ) throws(TraceError) {
    guard let word = TraceWord(endingAt: colon, in: line) else { return }
    var fields = TraceFields(word, from: colon + 1, line: lineCount + 1)
    let event = try fields.readEvent(line)
    let header = TraceHeader(before: colon - word.bytes.count, in: line)
    if let range = header.malformedTime {
      let text = String(decoding: range.prefix(32).map { line[$0] }, as: UTF8.self)
      throw TraceError(
        line: lineCount + 1,
        problem: "time stamp '\(text)': not a decimal number of at most 19 digits")
    }
    try body(TraceRecord(event, line: lineCount + 1, time: header.time, task: header.task))
  }

  private func checkLength(_ length: Int) throws(TraceError) {
    guard length <= Self.longestLine else {
      throw TraceError(
        line: lineCount + 1,
        problem: "no end of line within \(Self.longestLine) bytes: this is not text")
    }
  }

  private static func firstNewline(in piece: Span<UInt8>) -> Int? {
    for index in 0..<piece.count where piece[index] == Ascii.newline { return index }
    return nil
  }
}

/// What the colons of a line have shown of it.
private enum LineMark: Equatable {
  case none
  /// An event's name ends at this colon.
  case event(Int)
  /// A word that tracers use to say that events were lost.
  case loss
  /// An event as `perf trace` prints it: `kvm:kvm_track_tsc(`.
  case perfTrace

  mutating func note(colon: Int, from start: Int, in piece: Span<UInt8>) {
    if case .event = self { return }
    if TraceWord(endingAt: colon, in: piece) != nil {
      self = .event(colon)
    } else if TraceLoss.mayBeSaid(at: colon, from: start, in: piece) {
      self = .loss
    } else if TraceWord.isCalled(behind: colon, in: piece) {
      self = .perfTrace
    }
  }
}

/// Bytes with names.
enum Ascii {
  static let newline: UInt8 = 0x0a
  static let carriageReturn: UInt8 = 0x0d
  static let space: UInt8 = 0x20
  static let tab: UInt8 = 0x09
  static let colon: UInt8 = 0x3a
  static let period: UInt8 = 0x2e
  static let zero: UInt8 = 0x30
}
