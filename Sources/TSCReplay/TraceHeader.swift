/// What stands before an event's name: when it happened, and who caused it.
///
/// The layouts, from the event's name back; parts may be missing:
/// - `perf script`: a period, `1000.000101:`, `[002]`, `4242` or `4200/4242`, and the name;
/// - `trace-cmd report` and ftrace's files: `1000.000101:`, flags such as `d..1.`, `[002]`, the process
///   as `(  4200)` or `(-------)`, and `NAME-4242`.
///
/// A name may hold spaces, brackets and numbers, which is why this is read backwards.
struct TraceHeader {
  private(set) var time: TraceTime?
  /// Where what stands in a time stamp's place is not one: no name does, before the processor.
  private(set) var malformedTime: Range<Int>?
  private(set) var task: TraceTask?
  private var process: Int?
  private var hasProcessor = false

  /// Reads what stands before an event's name at `start`.
  init(before start: Int, in text: Span<UInt8>) {
    var end = start
    if end >= 4 && text[end - 4] == UInt8(ascii: "k") && text[end - 3] == UInt8(ascii: "v")
      && text[end - 2] == UInt8(ascii: "m") && text[end - 1] == Ascii.colon
    {
      end -= 4
    }
    // No layout has more parts than this before the name of the task.
    for _ in 0..<6 {
      while end > 0 && text[end - 1] == Ascii.space { end -= 1 }
      guard end > 0, let start = take(partEndingAt: end, in: text) else { return }
      end = start
    }
  }

  /// Takes the part that ends at `end`.
  ///
  /// - Returns: Where it starts, or nil after the last part of interest.
  private mutating func take(partEndingAt end: Int, in text: Span<UInt8>) -> Int? {
    if text[end - 1] == UInt8(ascii: ")"), let start = takeProcess(end, in: text) { return start }
    var start = end
    while start > 0 && text[start - 1] != Ascii.space { start -= 1 }
    if text[end - 1] == Ascii.colon {
      return time == nil ? takeTime(start..<(end - 1), in: text) : start
    }
    if text[start] == UInt8(ascii: "[") && text[end - 1] == UInt8(ascii: "]") {
      hasProcessor = true
      return start
    }
    var digits = end
    while digits > start && text[digits - 1] &- Ascii.zero < 10 { digits -= 1 }
    if let thread = Self.number(digits..<end, in: text) {
      switch digits > start ? text[digits - 1] : Ascii.space {
      // Before the time is found it is a period.
      case Ascii.space where time == nil && !hasProcessor: return start
      case Ascii.space: return setTask(thread, nameEnd: start, in: text)
      case UInt8(ascii: "-"): return setTask(thread, nameEnd: digits - 1, in: text)
      case UInt8(ascii: "/"):
        guard let process = Self.number(start..<(digits - 1), in: text) else { break }
        self.process = process
        return setTask(thread, nameEnd: start, in: text)
      default: break
      }
    }
    // Flags, behind the processor.
    return hasProcessor ? nil : start
  }

  /// Takes a time stamp, which ends before its colon, or before a space in front of that.
  private mutating func takeTime(_ range: Range<Int>, in text: Span<UInt8>) -> Int? {
    var (start, end) = (range.lowerBound, range.upperBound)
    if range.isEmpty {
      while end > 0 && text[end - 1] == Ascii.space { end -= 1 }
      start = end
      while start > 0 && text[start - 1] != Ascii.space { start -= 1 }
    }
    time = Self.time(start..<end, in: text)
    guard time == nil, !hasProcessor, start < end, !Self.isLatency(start..<end, in: text) else {
      return start
    }
    malformedTime = start..<end
    return nil
  }

  /// Whether it is what ftrace's latency format has in place of a time: `2273us`, and a mark such as `!`.
  private static func isLatency(_ range: Range<Int>, in text: Span<UInt8>) -> Bool {
    var rest = range.drop { text[$0] &- Ascii.zero < 10 }
    guard rest.count < range.count else { return false }
    for letter in "us".utf8 {
      guard let next = rest.popFirst(), text[next] == letter else { return false }
    }
    return rest.count <= 1
  }

  /// Takes a process in parentheses, which may hold spaces.
  private mutating func takeProcess(_ end: Int, in text: Span<UInt8>) -> Int? {
    var start = end - 1
    while start > 0 && text[start - 1] &- Ascii.zero < 10 { start -= 1 }
    let process = Self.number(start..<(end - 1), in: text)
    while start > 0 && (text[start - 1] == Ascii.space || text[start - 1] == UInt8(ascii: "-")) {
      start -= 1
    }
    guard start > 0 && text[start - 1] == UInt8(ascii: "(") else { return nil }
    if time != nil { self.process = process }
    return start - 1
  }

  private mutating func setTask(_ thread: Int, nameEnd: Int, in text: Span<UInt8>) -> Int? {
    var task = TraceTask(thread: thread, process: process)
    var (start, end) = (0, nameEnd)
    while start < end && text[start] == Ascii.space { start += 1 }
    while end > start && text[end - 1] == Ascii.space { end -= 1 }
    for index in (start..<min(end, start + 15)).reversed() {
      task.nameBytes = task.nameBytes << 8 | UInt128(text[index])
    }
    self.task = task
    return nil
  }

  /// A number with or without a fraction, or nil.
  private static func time(_ range: Range<Int>, in text: Span<UInt8>) -> TraceTime? {
    // 19 digits and a point always fit.
    guard !range.isEmpty && range.count <= 20 else { return nil }
    var time = TraceTime(digits: 0, decimals: 0)
    var hasPoint = false
    for index in range {
      if text[index] == Ascii.period && !hasPoint {
        hasPoint = true
        time.decimals = range.upperBound - 1 - index
      } else if text[index] &- Ascii.zero < 10 {
        time.digits = time.digits &* 10 &+ UInt64(text[index] &- Ascii.zero)
      } else {
        return nil
      }
    }
    return hasPoint || range.count < 20 ? time : nil
  }

  /// A process's or thread's id, or nil.
  private static func number(_ range: Range<Int>, in text: Span<UInt8>) -> Int? {
    guard (1...10).contains(range.count) else { return nil }
    var value = 0
    for index in range {
      guard text[index] &- Ascii.zero < 10 else { return nil }
      value = value * 10 + Int(text[index] &- Ascii.zero)
    }
    return value
  }
}
