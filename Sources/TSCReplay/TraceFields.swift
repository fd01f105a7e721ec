/// Reads the fields behind an event's name, in one of two layouts.
///
/// *Printed*, as the kernel's format of the event has them, in its order: `vcpu=0 prev=0 next=1`.
/// *Raw*, as its record has them, where a tool was asked for that or could not apply the format
/// (`[FAILED TO PARSE]`): `vcpu_id=0 previous_tsc_offset=0 next_tsc_offset=1`, in any order. Numbers are
/// decimal, with or without a sign, or hexadecimal behind `0x`; raw ones also as ftrace's `fields`
/// option prints them, `0x1 (1)` and `(1)`.
struct TraceFields {
  /// A vCPU's id is below this: more than any kernel allows.
  static let vcpuLimit: UInt64 = 1 << 15

  let word: TraceWord
  let line: Int
  private var index: Int

  /// Starts behind the colon at `index - 1`, on the line counted as `line`.
  init(_ word: TraceWord, from index: Int, line: Int) {
    self.word = word
    self.line = line
    self.index = index
  }

  /// Reads all fields, and that nothing follows them.
  mutating func readEvent(_ text: Span<UInt8>) throws(TraceError) -> TraceEvent {
    skipSpace(in: text)
    guard index < text.count else {
      throw error("there are no fields (perf script prints them if -F has trace)")
    }
    if take(.failedToParse, in: text) || isRaw(text) { return try readRawEvent(text) }
    let event: TraceEvent
    switch word {
    case .writeOffset:
      let vcpu = try number(.vcpu, in: text, below: Self.vcpuLimit)
      let previous = try number(.previous, in: text)
      event = .writeOffset(
        vcpu: Int(vcpu), previous: previous, next: try number(.next, in: text))
    case .track:
      let vcpu = try number(.vcpuID, in: text, below: Self.vcpuLimit)
      let clock = try number(.masterClock, in: text, below: 2)
      // An unsigned 32-bit number each.
      let matched = try number(.offsetMatched, in: text, below: 1 << 32)
      let online = try number(.online, in: text, below: 1 << 32)
      event = .track(
        vcpu: Int(vcpu), usesMasterClock: clock == 1, matched: Int(matched), online: Int(online),
        clock: try hostClock(in: text))
    case .update:
      let clock = try number(.masterClock, in: text, below: 2)
      let host = try hostClock(in: text)
      let matched = try number(.offsetMatched, in: text, below: 2)
      event = .update(usesMasterClock: clock == 1, clock: host, areAllMatched: matched == 1)
    }
    skipSpace(in: text)
    guard index == text.count else { throw error("more on the line than its fields") }
    return event
  }

  // MARK: Printed

  private mutating func number(
    _ name: FieldName, in text: Span<UInt8>, below limit: UInt64? = nil
  ) throws(TraceError) -> UInt64 {
    try expect(name, in: text)
    return try value(of: name, in: text, below: limit)
  }

  private mutating func hostClock(in text: Span<UInt8>) throws(TraceError) -> HostClock {
    try expect(.hostClock, in: text)
    let start = index
    while index < text.count && !Self.isSpace(text[index]) && index - start < 32 { index += 1 }
    guard index > start else { throw error("no name behind hostclock") }
    if index - start == 3 && text[start] == UInt8(ascii: "t")
      && text[start + 1] == UInt8(ascii: "s") && text[start + 2] == UInt8(ascii: "c")
    {
      return .tsc
    }
    var name: [UInt8] = []
    for place in start..<index { name.append(text[place]) }
    func printed() -> String { String(decoding: name, as: UTF8.self) }
    var position = 0
    // perf and trace-cmd do not know the kernel's names for the numbers, and print 0x1.
    guard let number = Self.number(name.span, &position), position == name.count else {
      return HostClock(name: printed())
    }
    return HostClock(number: number, printed: printed())
  }

  private mutating func expect(_ name: FieldName, in text: Span<UInt8>) throws(TraceError) {
    skipSpace(in: text)
    guard take(name, in: text) else {
      throw error(
        "\(name)is expected here, as perf script, trace-cmd report and ftrace's trace file print it"
      )
    }
    // trace-cmd and perf pad names with spaces, not numbers; be liberal about both.
    if name.bytes.last == Ascii.space { skipSpace(in: text) }
  }

  // MARK: Raw

  /// Whether a field's raw name stands here.
  private func isRaw(_ text: Span<UInt8>) -> Bool {
    var end = index
    while end < text.count && FieldName.isLetter(text[end]) { end += 1 }
    guard end < text.count && text[end] == UInt8(ascii: "=") else { return false }
    return FieldName.raw(index..<end, in: text) != nil
  }

  private mutating func readRawEvent(_ text: Span<UInt8>) throws(TraceError) -> TraceEvent {
    var values = RawValues()
    while true {
      skipSpace(in: text)
      guard index < text.count else { break }
      let start = index
      while index < text.count && FieldName.isLetter(text[index]) { index += 1 }
      let end = index
      guard end > start && index < text.count && text[index] == UInt8(ascii: "=") else {
        throw error("a raw field, name=number, is expected here")
      }
      index += 1
      let name = FieldName.raw(start..<end, in: text)
      values[name ?? .unknown] = try rawValue(of: name ?? .unknown, in: text)
    }
    return try event(values)
  }

  /// A raw value, alone, in parentheses, or both.
  private mutating func rawValue(
    of name: RawName, in text: Span<UInt8>
  ) throws(TraceError) -> UInt64 {
    var number: UInt64?
    if index < text.count && text[index] != UInt8(ascii: "(") {
      number = try value(of: name.field, in: text)
    }
    let end = index
    skipSpace(in: text)
    guard index < text.count && text[index] == UInt8(ascii: "(") else {
      index = end
      guard let number else { throw error("no number behind \(name.field)") }
      return number
    }
    index += 1
    let second = try value(of: name.field, in: text)
    guard index < text.count && text[index] == UInt8(ascii: ")") else {
      throw error("a closing parenthesis is expected here")
    }
    index += 1
    return number ?? second
  }

  private func event(_ values: RawValues) throws(TraceError) -> TraceEvent {
    func value(_ name: RawName, below limit: UInt64) throws(TraceError) -> UInt64 {
      guard let value = values[name] else { throw error("there is no field \(name.field)") }
      guard value < limit else { throw error("\(name.field)\(value) is not below \(limit)") }
      return value
    }
    func offset(_ name: RawName) throws(TraceError) -> UInt64 {
      guard let value = values[name] else { throw error("there is no field \(name.field)") }
      return value
    }
    func clock() throws(TraceError) -> HostClock {
      let number = try offset(.hostClock)
      return HostClock(number: number, printed: "\(number)")
    }
    switch word {
    case .writeOffset:
      return .writeOffset(
        vcpu: Int(try value(.vcpu, below: Self.vcpuLimit)), previous: try offset(.previous),
        next: try offset(.next))
    case .track:
      return .track(
        vcpu: Int(try value(.vcpu, below: Self.vcpuLimit)),
        usesMasterClock: try value(.masterClock, below: 2) == 1,
        matched: Int(try value(.matched, below: 1 << 32)),
        online: Int(try value(.online, below: 1 << 32)), clock: try clock())
    case .update:
      return .update(
        usesMasterClock: try value(.masterClock, below: 2) == 1, clock: try clock(),
        areAllMatched: try value(.areAllMatched, below: 2) == 1)
    }
  }

  // MARK: Parts

  /// A number, in two's complement where it is negative.
  private mutating func value(
    of name: FieldName, in text: Span<UInt8>, below limit: UInt64? = nil
  ) throws(TraceError) -> UInt64 {
    let start = index
    guard let value = Self.number(text, &index) else {
      // Where it stopped, there was a digit too many; else there was none.
      throw error(index > start ? "\(name)is not a 64-bit number" : "no number behind \(name)")
    }
    if let limit, value >= limit {
      throw error("\(name)\(Int64(bitPattern: value)) is not from 0 to \(limit - 1)")
    }
    return value
  }

  /// A number from -2^63 to 2^64 - 1 in two's complement; nil, and an index that moved only if there
  /// were too many digits.
  private static func number(_ text: Span<UInt8>, _ index: inout Int) -> UInt64? {
    var place = index
    var isNegative = false
    if place < text.count && (text[place] == UInt8(ascii: "-") || text[place] == UInt8(ascii: "+"))
    {
      isNegative = text[place] == UInt8(ascii: "-")
      place += 1
    }
    var base: UInt64 = 10
    if place + 1 < text.count && text[place] == Ascii.zero
      && text[place + 1] | 0x20 == UInt8(ascii: "x")
    {
      base = 16
      place += 2
    }
    let start = place
    var value: UInt64 = 0
    while place < text.count, let digit = digit(text[place]), digit < base {
      let (product, tooLarge) = value.multipliedReportingOverflow(by: base)
      let (sum, overflow) = product.addingReportingOverflow(digit)
      guard !tooLarge && !overflow else {
        index = place
        return nil
      }
      value = sum
      place += 1
    }
    guard place > start else { return nil }
    index = place
    guard isNegative else { return value }
    return value <= 1 << 63 ? 0 &- value : nil
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  /// Steps over a field's name, if it stands here.
  private mutating func take(_ name: FieldName, in text: Span<UInt8>) -> Bool {
    guard text.count - index >= name.bytes.count else { return false }
    for (offset, byte) in name.bytes.enumerated() where text[index + offset] != byte {
      return false
    }
    index += name.bytes.count
    return true
  }

  private mutating func skipSpace(in text: Span<UInt8>) {
    while index < text.count && Self.isSpace(text[index]) { index += 1 }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == Ascii.space || byte == Ascii.tab || byte == Ascii.carriageReturn
  }

  private func error(_ problem: String) -> TraceError {
    let name = String(decoding: word.bytes, as: UTF8.self)
    return TraceError(line: line, problem: "\(name): \(problem) (byte \(index + 1))")
  }
}
