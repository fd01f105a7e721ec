import TSCReplay

/// A small generator whose every number follows from its seed.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// The records of a text that is given to the scanner in pieces of `size` bytes.
func records(_ bytes: [UInt8], piecesOf size: Int = .max) throws(TraceError) -> [TraceRecord] {
  var scanner = TraceScanner()
  var records: [TraceRecord] = []
  var start = 0
  while start < bytes.count {
    let end = start + min(size, bytes.count - start)
    try scanner.scan(Array(bytes[start..<end]).span) { records.append($0) }
    start = end
  }
  try scanner.finish { records.append($0) }
  return records
}

func records(_ text: String, piecesOf size: Int = .max) throws(TraceError) -> [TraceRecord] {
  try records(Array(text.utf8), piecesOf: size)
}

/// What a trace comes to.
func verdict(_ text: String) throws(TraceError) -> TSCVerdict {
  var replay = TraceReplay()
  for record in try records(text) { replay.note(record) }
  return replay.verdict(lines: 0)
}
