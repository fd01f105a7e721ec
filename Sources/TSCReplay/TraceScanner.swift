/// Finds KVM's TSC events in the text that `perf script` and `trace-cmd report` print.
///
/// An event is a word `kvm_track_tsc:`, alone or behind `kvm:`, and what follows it on the line.
/// All other lines are passed over, each byte looked at once. Memory is bounded by the longest line
/// allowed.
public struct TraceScanner {
  /// The longest line that is taken for one.
  public static let longestLine = 1 << 16

  /// The lines that ended so far.
  public private(set) var lineCount = 0
  /// The start of a line whose end has not come yet.
  private var rest: [UInt8] = []

  /// Creates a scanner at the start of a text.
  public init() {}

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
    try scanLine(rest.span, body)
    rest.removeAll()
    lineCount += 1
  }

  /// Scans whole lines.
  ///
  /// - Returns: Where the last line, whose end is missing, starts.
  private mutating func scanLines(
    _ piece: Span<UInt8>, _ body: (TraceRecord) throws(TraceError) -> Void
  ) throws(TraceError) -> Int {
    var start = 0
    var event: Int?
    for index in 0..<piece.count {
      let byte = piece[index]
      guard byte == Ascii.colon || byte == Ascii.newline else { continue }
      if byte == Ascii.colon {
        if event == nil && TraceWord(endingAt: index, in: piece) != nil { event = index }
        continue
      }
      if let colon = event {
        try read(piece.extracting(start..<index), colon: colon - start, body)
        event = nil
      }
      lineCount += 1
      start = index + 1
    }
    return start
  }

  private func scanLine(
    _ line: Span<UInt8>, _ body: (TraceRecord) throws(TraceError) -> Void
  ) throws(TraceError) {
    for index in 0..<line.count
    where line[index] == Ascii.colon && TraceWord(endingAt: index, in: line) != nil {
      return try read(line, colon: index, body)
    }
  }

  private func read(
    _ line: Span<UInt8>, colon: Int, _ body: (TraceRecord) throws(TraceError) -> Void
  ) throws(TraceError) {
    guard let word = TraceWord(endingAt: colon, in: line) else { return }
    var fields = TraceFields(word, from: colon + 1, line: lineCount + 1)
    let event = try fields.readEvent(line)
    let time = TraceFields.time(before: colon - word.bytes.count, in: line)
    try body(TraceRecord(event, line: lineCount + 1, time: time))
  }

  private func checkLength(_ length: Int) throws(TraceError) {
    guard length <= Self.longestLine else {
      throw TraceError(
        line: lineCount + 1,
        problem: "no end of line within \(Self.longestLine) bytes: this is no text")
    }
  }

  private static func firstNewline(in piece: Span<UInt8>) -> Int? {
    for index in 0..<piece.count where piece[index] == Ascii.newline { return index }
    return nil
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
