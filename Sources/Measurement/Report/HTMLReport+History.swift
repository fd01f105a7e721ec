internal import TerminalText

extension HTMLReport {
  /// A chart a series: the mean and the greatest latency of each slot over time, run after run.
  var historyCharts: String {
    let known = result.series.indices.filter { index in
      result.series[index].runs.contains { !$0.history.slots.isEmpty }
    }
    let slots = known.flatMap { result.series[$0].runs.flatMap(\.history.slots) }
      .filter { $0.count > 0 }
    let least: UInt64 = slots.map { $0.sum / $0.count }.filter { $0 > 0 }.min() ?? 1
    guard let greatest = slots.map(\.maximum).max() else {
      return "<p>This result has no course of time.</p>\n"
    }
    let axis = LogarithmicAxis(holding: least...max(greatest, least))
    return "<p class=\"legend\"><span><i class=\"key line\"></i> mean</span> "
      + "<span><i class=\"key line faint\"></i> greatest</span></p>\n"
      + known.map { history($0, axis) }.joined()
  }

  private func history(_ index: Int, _ y: LogarithmicAxis) -> String {
    let series = result.series[index]
    let lengths = series.runs.map { UInt64($0.history.slots.count) * $0.history.width }
    // No overflow: LatencyHistory.widthMax sees to that, here and below.
    let whole = max(lengths.reduce(0, +), 1)
    let x = LinearAxis(end: whole)
    var (start, means, greatest, bounds): (UInt64, String, String, [UInt64]) = (0, "", "", [])
    for (run, length) in zip(series.runs, lengths) {
      if start > 0 { bounds.append(start) }
      means += path(run.history, from: start, x, y) { $0.sum / $0.count }
      greatest += path(run.history, from: start, x, y, \.maximum)
      start += length
    }
    let rows = y.ticks.map { tick in
      "<i style=\"bottom:\(place(tick.position))\"><b>\(tick.label)</b></i>"
    }
    let columns = x.ticks.map { tick in
      "<i\(tick.isMinor ? " class=\"minor\"" : "") style=\"left:\(place(tick.position))\">"
        + "<b>\(tick.label)</b></i>"
    }
    let runs = bounds.map { bound in
      "<i class=\"run\" style=\"left:\(place(x.position(of: Int64(clamping: bound))))\"></i>"
    }
    let color = "s\(index % Self.colors)"
    return """
      <h3>\(mark(index)) \(series.name.markup)</h3>
      <div class="chart low" role="img" aria-label="Latency over time">
      <div class="rows">\(rows.joined())</div>
      <div class="columns">\(columns.joined())\(runs.joined())</div>
      <svg viewBox="0 0 1000 1000" preserveAspectRatio="none">\
      <path class="\(color) faint" d="\(greatest)"/><path class="\(color)" d="\(means)"/></svg>
      </div>

      """
  }

  /// A line through the middles of the slots that are not empty; it breaks where one is.
  private func path(
    _ history: LatencyHistory, from start: UInt64, _ x: LinearAxis, _ y: LogarithmicAxis,
    _ value: (LatencyHistory.Slot) -> UInt64
  ) -> String {
    var path = ""
    var isBroken = true
    for (index, slot) in history.slots.enumerated() {
      guard slot.count > 0 else {
        isBroken = true
        continue
      }
      let middle = start + UInt64(index) * history.width + history.width / 2
      let (left, bottom) = (x.position(of: Int64(clamping: middle)), y.position(of: value(slot)))
      path +=
        "\(isBroken ? "M" : "L")\(fixed(left * 1000, decimals: 1)) "
        + fixed((1 - bottom) * 1000, decimals: 1)
      isBroken = false
    }
    return path
  }
}
