internal import JSON
internal import TerminalText

extension MeasurementResult {
  /// The result as tables for people; durations in microseconds.
  public var text: String {
    var latencies = TextTable(["latency, \u{b5}s"] + LatencyHistogram.columns)
    var verdicts = TextTable(["verdicts"] + Verdicts.columns)
    var costs = TextTable(["costs"] + Series.costColumns)
    for series in series {
      latencies.append([series.name.visible] + series.latency.cells)
      verdicts.append([series.name.visible] + series.verdicts.cells)
      costs.append([series.name.visible] + series.costCells)
    }
    let tables =
      [latencies.text, verdicts.text]
      + series.filter { !$0.vcpus.isEmpty }.map { $0.titled("by vCPU, \u{b5}s", $0.vcpuTable) }
      + series.filter { !$0.stages.isEmpty }.map { $0.titled("stages, \u{b5}s", $0.stageTable) }
      + series.filter { !$0.causes.isEmpty }.map { $0.titled("causes, \u{b5}s", $0.causeTable) }
      + [costs.text]
    return tables.joined(separator: "\n") + (notes.isEmpty ? "" : "\n")
      + notes.map { "  \($0)\n" }.joined()
  }

  /// What a reader must know to read the numbers rightly; empty when there is nothing.
  var notes: [String] {
    var notes: [String] = []
    if isPartial {
      notes.append("This result is partial: the measurement was ended before it was complete.")
    }
    for series in series {
      let name = series.name.visible
      if series.verdicts[.lost] > 0 {
        notes.append(
          "\(name): \(series.verdicts[.lost]) lost deadlines have no latency; they are in no "
            + "percentile.")
      }
      if series.latency.belowRange > 0 {
        notes.append(
          "\(name): \(series.latency.belowRange) latencies are negative, and count as 0.")
      }
      if series.latency.aboveRange > 0 {
        notes.append(
          "\(name): \(series.latency.aboveRange) latencies are above an hour, and count as "
            + "one.")
      }
      if let median = series.deadlineWidth.value(at: .p50),
        let greatest = series.deadlineWidth.maximum
      {
        notes.append(
          "\(name): deadlines are known to within \(microseconds(Int64(median))) \u{b5}s (p50; at most "
            + "\(microseconds(greatest))), because the timer was set between two stamps. Latencies may be too "
            + "small by as much, and what is early by less is not seen.")
      }
      if case .integer(let beyond) = series.setting("beyondHistogram"), beyond > 0 {
        notes.append(
          "\(name): \(beyond) latencies were beyond the last step of the histogram, and count as the maximum."
        )
      }
      if series.stamping.dropped > 0 {
        notes.append(
          "\(name): there was no room for \(series.stamping.dropped) stamps; stages are "
            + "incomplete.")
      }
      if series.deferredAlarms > 0 {
        notes.append(
          "\(name): \(series.deferredAlarms) alarms had to wait, because the guest had caused too "
            + "many before; their deadlines are late by this program's will.")
      }
      if series.advance.nanoseconds > 0 {
        notes.append(
          "\(name): the guest is entered up to \(microseconds(Int64(clamping: series.advance.nanoseconds))) µs "
            + "before a deadline (--advance).")
      }
      if series.advance.shortenedWaits > series.verdicts.planned / 100 {
        notes.append(
          "\(name): for \(series.advance.shortenedWaits) waits the spin budget was too small, "
            + "which limits the p99 (--spin-budget).")
      }
    }
    return notes
  }
}

extension LatencyHistogram {
  static let columns = ["count", "min"] + Percentile.allCases.map(\.rawValue) + ["max", "mean"]

  /// Count, extremes, percentiles and mean, as ``columns`` names them.
  var cells: [String] {
    [String(count), minimum.map(microseconds) ?? absent]
      + Percentile.allCases.map { known($0).map { microseconds(Int64($0)) } ?? absent }
      + [maximum.map(microseconds) ?? absent, mean.map(microseconds(mean:)) ?? absent]
  }
}

extension Verdicts {
  static let columns =
    ["planned"] + Verdict.allCases.map(\.rawValue) + ["runs", "duplicated", "spurious"]

  /// The counts, as ``columns`` names them.
  var cells: [String] {
    ([planned] + Verdict.allCases.map { self[$0] } + [runs, duplicated, spurious]).map(String.init)
  }
}

extension Series {
  static let stageColumns = ["count", "p50", "p99", "mean", "share %", "clipped"]

  /// Where the time went, a row a stage.
  fileprivate var stageTable: TextTable {
    var table = TextTable(["stage"] + Self.stageColumns)
    for stage in stages { table.append([stage.stage.title] + cells(of: stage)) }
    return table
  }

  /// What is known of a stage, as ``stageColumns`` names it.
  func cells(of stage: StageTimes) -> [String] {
    [
      String(stage.times.count),
      stage.times.known(.p50).map { microseconds(Int64($0)) } ?? absent,
      stage.times.known(.p99).map { microseconds(Int64($0)) } ?? absent,
      stage.times.mean.map(microseconds(mean:)) ?? absent,
      share(of: stage.stage).map(percent) ?? absent, String(stage.clipped),
    ]
  }

  static let causeColumns = ["count", "of late %", "time", "of time %", "p50", "max"]

  /// Why late interrupts were late, a row a cause.
  fileprivate var causeTable: TextTable {
    var table = TextTable(["cause"] + Self.causeColumns)
    for cause in causes { table.append([cause.cause.title] + cells(of: cause)) }
    return table
  }

  /// What is known of a cause, as ``causeColumns`` names it.
  func cells(of cause: CauseTimes) -> [String] {
    let time = causes.reduce(0.0) { $0 + Double($1.times.sum) }
    return [
      String(cause.times.count), percent(Double(cause.times.count) / Double(max(blamedCount, 1))),
      microseconds(cause.times.sum), percent(Double(cause.times.sum) / max(time, 1)),
      cause.times.known(.p50).map { microseconds(Int64($0)) } ?? absent,
      cause.times.maximum.map(microseconds) ?? absent,
    ]
  }

  static let vcpuColumns = [
    "count", "p50", "p99", "max", "late", "merged", "lost", "early", "spurious",
  ]

  /// What each vCPU took, a row a vCPU.
  fileprivate var vcpuTable: TextTable {
    var table = TextTable(["vCPU"] + Self.vcpuColumns)
    for (number, vcpu) in vcpus.enumerated() { table.append(["\(number)"] + vcpu.cells) }
    return table
  }

  /// A table below a line that names the series.
  fileprivate func titled(_ what: String, _ table: TextTable) -> String {
    "  \(name.visible): \(what)\n\(table.text)"
  }

  static let costColumns = [
    "spinning %", "busy %", "stamps", "ns each", "dropped", "stray", "deferred",
  ]

  /// Shares of one core, what stamping cost, and alarms that had to wait, as ``costColumns`` names them.
  var costCells: [String] {
    [
      processor.spinShare.map(percent) ?? absent, processor.busyShare.map(percent) ?? absent,
      String(stamping.stamps),
      stamping.nanosecondsPerStamp.map { fixed($0, decimals: 1) } ?? absent,
      String(stamping.dropped), String(stamping.strays), String(deferredAlarms),
    ]
  }
}

extension Series.VCPU {
  /// Latencies and verdicts, as ``Series/vcpuColumns`` names them.
  var cells: [String] {
    let times = [
      latency.known(.p50).map { Int64($0) }, latency.known(.p99).map { Int64($0) },
      latency.maximum,
    ]
    let counts = [
      verdicts[.late], verdicts[.merged], verdicts[.lost], verdicts[.early], verdicts.spurious,
    ]
    return ["\(latency.count)"] + times.map { $0.map(microseconds) ?? absent }
      + counts.map(String.init)
  }
}
