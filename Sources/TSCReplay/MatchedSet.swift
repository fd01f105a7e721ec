/// Who is in the matched set, and since which write: the part of a replay that has a memory.
///
/// vCPUs are known by their ids, which may leave gaps.
struct MatchedSet {
  /// A write: where it stands, and whose TSC it was.
  struct Write {
    /// The line of a trace, or the number of an operation; from 1.
    var place: Int
    /// The time stamp, if there is one.
    var time: TraceTime?
    /// The vCPU.
    var vcpu: Int
    /// The offset that came out, if it is known.
    var offset: UInt64?

    /// The time stamp in parentheses, if there is one.
    var timeSuffix: String { time.map { " (\($0))" } ?? "" }
  }

  /// The write that started the generation, or nil before any did.
  private(set) var start: Write?
  /// The offset of the generation before.
  private(set) var previousOffset: UInt64?
  /// The write since which not all have matched, and the offset that the set had before it.
  private(set) var loss: (write: Write, offset: UInt64?)?
  /// The generation that each vCPU was in last, by id; 0 where none was seen.
  private var generations: [Int] = []
  private var generation = 0

  /// The vCPUs that were in a generation, and are not in this one.
  var outside: [Int] {
    generations.indices.filter { generations[$0] != 0 && generations[$0] != generation }
  }

  /// A vCPU joined the generation.
  mutating func join(_ vcpu: Int) {
    if vcpu >= generations.count {
      generations += Array(repeating: 0, count: vcpu + 1 - generations.count)
    }
    generations[vcpu] = generation
  }

  /// A write started a generation.
  mutating func restart(_ write: Write) {
    previousOffset = start?.offset
    if loss == nil { loss = (write, previousOffset) }
    start = write
    generation += 1
    join(write.vcpu)
  }

  /// All vCPUs match.
  mutating func complete() {
    loss = nil
  }

  /// Why not all match: since which write, and who is left out.
  ///
  /// - Parameters:
  ///   - matched: How many match, without the one that started the generation.
  ///   - online: How many there are.
  ///   - place: The words for a place.
  /// - Returns: A sentence without a full stop.
  func explanation(matched: Int, online: Int, place: (Int) -> String) -> String {
    var text = "only \(matched + 1) of \(online) vCPUs match"
    guard let loss else { return text }
    text += ", since vCPU \(loss.write.vcpu)'s write at \(place(loss.write.place))"
    text += loss.write.timeSuffix
    if let offset = loss.write.offset, let before = loss.offset {
      text += " put its offset \(Phrase.difference(offset, from: before)) cycles from the set's"
    }
    let outside = outside
    if !outside.isEmpty {
      text += "; \(Phrase.vcpus(outside)) fell out of the matched set and did not come back"
    }
    return text
  }
}

/// Words for numbers.
enum Phrase {
  /// `vCPU 1`, `vCPUs 1 and 2`, `vCPUs 1, 2, 3 and 5 more`.
  static func vcpus(_ ids: [Int]) -> String {
    guard ids.count != 1 else { return "vCPU \(ids[0])" }
    let shown = ids.count > 9 ? Array(ids.prefix(8)) : ids
    let last = ids.count > 9 ? "\(ids.count - 8) more" : "\(ids[ids.count - 1])"
    let others = ids.count > 9 ? shown : Array(shown.dropLast())
    return "vCPUs \(others.map(String.init).joined(separator: ", ")) and \(last)"
  }

  /// A difference of offsets or counts, signed: `+12`, `-3`.
  static func difference(_ value: UInt64, from base: UInt64) -> String {
    let difference = Int64(bitPattern: value &- base)
    return difference < 0 ? "\(difference)" : "+\(difference)"
  }

  /// An offset, which guests' TSCs that start from 0 have below zero.
  static func offset(_ offset: UInt64) -> String { "\(Int64(bitPattern: offset))" }
}
