internal import JSON

/// What `rtla timerlat hist` prints: a column for each CPU and each of timer interrupt (IRQ), thread (Thr) and
/// return to user space (Usr), a row a step, and below them how many were beyond the last one.
///
/// Those count as the column's maximum. Rows after the block for single CPUs, as of all together or of a
/// trace, repeat what stands above, and are passed over.
struct TimerlatHistogram {
  private struct Column {
    let name: String
    let stage: JSONValue
    let cpu: Int64
    var values: SteppedHistogram
    var beyond: UInt64 = 0
    var maximum: UInt64?
  }

  private var columns: [Column] = []
  private let unit: UInt64
  private let series: [Series]

  var result: MeasurementResult {
    MeasurementResult(host: [.init("tool", "rtla timerlat hist")], series: series)
  }

  /// Whether one of the lines is a header of such columns.
  static func isHeader(in text: TextLines) -> Bool { text.lines.contains(where: isHeader) }

  private static func isHeader(_ line: ArraySlice<UInt8>) -> Bool {
    line.starts(with: Array("Index".utf8)) && TextLines.words(line).first == "Index"
  }

  /// Reads the text.
  ///
  /// - Throws: ``ImportError`` with the line of what is malformed or contradictory.
  init(_ text: TextLines) throws(ImportError) {
    guard let header = text.lines.firstIndex(where: Self.isHeader) else {
      throw ImportError(line: 1, "there is no line of columns that begins with Index")
    }
    let isNanoseconds = text.lines[..<header].contains {
      TextLines.words($0).suffix(2) == ["nanoseconds", "(ns)"]
    }
    unit = isNanoseconds ? 1 : 1000
    let names = TextLines.words(text.lines[header]).dropFirst()
    guard !names.isEmpty && names.count <= MeasurementResult.seriesCountMax else {
      throw ImportError(
        line: header + 1, "from 1 to \(MeasurementResult.seriesCountMax) columns are expected")
    }
    for name in names {
      columns.append(try Self.column(name, unit: unit, line: header + 1))
    }
    guard Set(columns.map(\.name)).count == columns.count else {
      throw ImportError(line: header + 1, "two columns have one name")
    }
    for (index, line) in text.lines.enumerated().dropFirst(header + 1) {
      let words = TextLines.words(line)
      guard let first = words.first else { continue }
      if first == "ALL:" { break }
      try Self.take(first, words.dropFirst(), into: &columns, line: index + 1)
      if first == "max:" { break }
    }
    series = try columns.map { column throws(ImportError) in
      try Self.series(column, line: header + 1)
    }
  }

  private static func column(
    _ name: Substring, unit: UInt64, line: Int
  ) throws(ImportError) -> Column {
    let stages = ["IRQ": "interrupt", "Thr": "thread", "Usr": "user space"]
    let parts = name.split(separator: "-", maxSplits: 1)
    guard parts.count == 2, let stage = stages[String(parts[0])], let cpu = UInt16(parts[1]) else {
      throw ImportError(line: line, "\(name.prefix(64)) is not a column of rtla timerlat hist")
    }
    return Column(
      name: "timerlat \(stage), CPU \(cpu)", stage: .string(stage), cpu: Int64(cpu),
      values: SteppedHistogram(unit: unit))
  }

  /// Takes a row: of a step, or of a summary.
  private static func take(
    _ name: Substring, _ words: ArraySlice<Substring>, into columns: inout [Column], line: Int
  ) throws(ImportError) {
    let step = UInt64(name)
    let isKnown = step != nil || ["over:", "count:", "min:", "avg:", "max:"].contains(name)
    guard isKnown else {
      throw ImportError(line: line, "\(name.prefix(64)) is neither a step nor a summary")
    }
    guard words.count == columns.count else {
      throw ImportError(line: line, "\(words.count) values for \(columns.count) columns")
    }
    for (index, word) in words.enumerated() {
      // A column without values has a hyphen there.
      guard word != "-" else { continue }
      guard let value = UInt64(word) else {
        if name == "avg:" { continue }
        throw ImportError(line: line, "\(word.prefix(64)) is not a number from 0 on")
      }
      if let step {
        try columns[index].values.add(step, times: value, line: line)
      } else if name == "over:" {
        columns[index].beyond = value
      } else if name == "max:" {
        columns[index].maximum = value
      }
    }
  }

  private static func series(_ column: Column, line: Int) throws(ImportError) -> Series {
    var values = column.values
    if column.beyond > 0 {
      guard let maximum = column.maximum else {
        throw ImportError(line: line, "\(column.name): values beyond the last step, and no max:")
      }
      try values.add(maximum, times: column.beyond, line: line)
    }
    return try Series(
      name: column.name,
      configuration: [
        .init("tool", "rtla timerlat hist"), .init("from", "timer"), .init("to", column.stage),
        .init("cpu", .integer(column.cpu)), .init("beyondHistogram", JSONValue(column.beyond)),
      ], latencies: values.latencies, line: line)
  }
}
