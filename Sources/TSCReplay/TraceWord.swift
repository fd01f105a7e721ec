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

  /// The event whose name ends before the colon at `colon`, as a separate word, or nil.
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

  /// Whether an event's name and a parenthesis follow the colon of `kvm:`.
  ///
  /// *Why always inlined:* this is asked at each colon of a trace, and most answers need one byte.
  @inline(__always)
  static func isCalled(behind colon: Int, in line: Span<UInt8>) -> Bool {
    // The letter behind `kvm_` differs from that of nearly every other event of KVM's.
    guard colon + 5 < line.count && line[colon + 1] == UInt8(ascii: "k") else { return false }
    switch line[colon + 5] {
    case UInt8(ascii: "w"), UInt8(ascii: "t"), UInt8(ascii: "u"):
      return isAnyCalled(behind: colon, in: line)
    default: return false
    }
  }

  private static func isAnyCalled(behind colon: Int, in line: Span<UInt8>) -> Bool {
    allCases.contains { word in
      let end = colon + 1 + word.bytes.count
      guard end < line.count && line[end] == UInt8(ascii: "(") else { return false }
      return word.bytes.indices.allSatisfy { line[colon + 1 + $0] == word.bytes[$0] }
    }
  }
}

/// What stands before a field's value.
struct FieldName: CustomStringConvertible {
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
  /// What libtraceevent, so perf and trace-cmd, writes before raw fields if it fails at a format.
  static let failedToParse = FieldName("[FAILED TO PARSE]")

  static func isLetter(_ byte: UInt8) -> Bool {
    byte | 0x20 &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
  }

  /// The field whose raw name stands in a range, or nil.
  static func raw(_ range: Range<Int>, in text: Span<UInt8>) -> RawName? {
    RawName.allCases.first { name in
      let bytes = name.field.bytes
      guard bytes.count == range.count + 1 else { return false }
      return range.allSatisfy { text[$0] == bytes[$0 - range.lowerBound] }
    }
  }
}

/// A field by its name in the events' records.
enum RawName: Int, CaseIterable {
  case vcpu, previous, next, matched, online, masterClock, hostClock, areAllMatched
  /// A field that no question is about.
  case unknown

  private static let fields = [
    "vcpu_id=", "previous_tsc_offset=", "next_tsc_offset=", "nr_vcpus_matched_tsc=",
    "online_vcpus=",
    "use_master_clock=", "host_clock=", "offset_matched=", "=",
  ].map(FieldName.init)

  /// The name and the sign behind it.
  var field: FieldName { Self.fields[rawValue] }
}

/// The values of raw fields.
struct RawValues {
  private var values = InlineArray<9, UInt64?>(repeating: nil)

  subscript(name: RawName) -> UInt64? {
    get { values[name.rawValue] }
    set { values[name.rawValue] = newValue }
  }
}
