/// An event, by its name in a trace.
enum TraceWord: CaseIterable {
  case writeOffset, track, update

  private static let writeOffsetName = Array("kvm_write_tsc_offset".utf8)
  private static let trackName = Array("kvm_track_tsc".utf8)
  private static let updateName = Array("kvm_update_master_clock".utf8)

  /// The name's bytes.
  var bytes: [UInt8] {
    switch self {
    case .writeOffset: Self.writeOffsetName
    case .track: Self.trackName
    case .update: Self.updateName
    }
  }

  /// The event whose name ends before the colon at `colon`, as a word of its own, or nil.
  init?(endingAt colon: Int, in line: Span<UInt8>) {
    // The last letters differ, and most words before a colon end in none of them.
    guard colon > 0 else { return nil }
    switch line[colon - 1] {
    case UInt8(ascii: "t"): self = .writeOffset
    case UInt8(ascii: "c"): self = .track
    case UInt8(ascii: "k"): self = .update
    default: return nil
    }
    let bytes = bytes
    let start = colon - bytes.count
    guard start >= 0 else { return nil }
    for index in bytes.indices where line[start + index] != bytes[index] { return nil }
    guard start == 0 || line[start - 1] <= Ascii.space || line[start - 1] == Ascii.colon else {
      return nil
    }
  }
}

/// What stands before a field's value.
private struct FieldName: CustomStringConvertible {
  /// Bytes, since walking through a `String` takes longer than all the rest.
  let bytes: [UInt8]

  init(_ name: String) {
    bytes = Array(name.utf8)
  }

  var description: String { String(decoding: bytes, as: UTF8.self) }

  static let vcpu = FieldName("vcpu=")
  static let previous = FieldName("prev=")
  static let next = FieldName("next=")
  static let vcpuID = FieldName("vcpu_id ")
  static let masterClock = FieldName("masterclock ")
  static let offsetMatched = FieldName("offsetmatched ")
  static let online = FieldName("nr_online ")
  static let hostClock = FieldName("hostclock ")
}

/// Reads the fields behind an event's name.
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

  private mutating func number(
    _ name: FieldName, in text: Span<UInt8>, below limit: UInt64? = nil
  ) throws(TraceError) -> UInt64 {
    try expect(name, in: text)
    let start = index
    var value: UInt64 = 0
    while index < text.count, case let digit = text[index] &- Ascii.zero, digit < 10 {
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = product.addingReportingOverflow(UInt64(digit))
      guard !tooLarge && !overflow else { throw error("\(name)is no 64-bit number") }
      value = sum
      index += 1
    }
    guard index > start else { throw error("no number behind \(name)") }
    if let limit, value >= limit { throw error("\(name)\(value) is not below \(limit)") }
    return value
  }

  private mutating func hostClock(in text: Span<UInt8>) throws(TraceError) -> HostClock {
    try expect(.hostClock, in: text)
    let start = index
    while index < text.count && text[index] > Ascii.space && index - start < 32 { index += 1 }
    switch index - start {
    case 0: throw error("no name behind hostclock")
    case 3 where text[start] == UInt8(ascii: "t") && text[start + 1] == UInt8(ascii: "s"):
      return .tsc
    // 3, which has no name, is the Hyper-V TSC page, on which KVM builds master clocks too.
    case 3 where text[start + 1] == UInt8(ascii: "x") && text[start + 2] == UInt8(ascii: "3"):
      return .tsc
    default:
      var name: [UInt8] = []
      for place in start..<index { name.append(text[place]) }
      return .other(String(decoding: name, as: UTF8.self))
    }
  }

  private mutating func expect(_ name: FieldName, in text: Span<UInt8>) throws(TraceError) {
    skipSpace(in: text)
    for byte in name.bytes {
      guard index < text.count && text[index] == byte else {
        throw error("\(name)is expected here")
      }
      index += 1
    }
    // trace-cmd and perf pad names with spaces, not numbers; be liberal about both.
    if name.bytes.last == Ascii.space { skipSpace(in: text) }
  }

  private mutating func skipSpace(in text: Span<UInt8>) {
    while index < text.count,
      text[index] == Ascii.space || text[index] == Ascii.tab
        || text[index] == Ascii.carriageReturn
    {
      index += 1
    }
  }

  private func error(_ problem: String) -> TraceError {
    let name = String(decoding: word.bytes, as: UTF8.self)
    return TraceError(line: line, problem: "\(name): \(problem) (byte \(index + 1))")
  }

  /// The time stamp before an event's name at `start`, or nothing.
  ///
  /// It is a number with or without a fraction, ended by a colon: `1000.000101:`. In between is at
  /// most the name of the events' group: `kvm:`.
  static func time(before start: Int, in text: Span<UInt8>) -> TraceTime? {
    var end = start
    if end >= 4 && text[end - 4] == UInt8(ascii: "k") && text[end - 3] == UInt8(ascii: "v")
      && text[end - 2] == UInt8(ascii: "m") && text[end - 1] == Ascii.colon
    {
      end -= 4
    }
    while end > 0 && text[end - 1] == Ascii.space { end -= 1 }
    guard end > 0 && text[end - 1] == Ascii.colon else { return nil }
    end -= 1
    var first = end
    while first > 0, text[first - 1] == Ascii.period || text[first - 1] &- Ascii.zero < 10 {
      first -= 1
    }
    // 19 digits and a point always fit.
    guard first < end && end - first <= 20 else { return nil }
    var time = TraceTime(digits: 0, decimals: 0)
    for index in first..<end {
      if text[index] == Ascii.period {
        time.decimals = end - 1 - index
      } else {
        time.digits = time.digits &* 10 &+ UInt64(text[index] &- Ascii.zero)
      }
    }
    return time
  }
}
