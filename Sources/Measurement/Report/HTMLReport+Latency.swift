extension HTMLReport {
  /// How many series have their own colour, and share a chart.
  static let colors = 6

  /// A to Z, then A1 to Z1 and so on.
  static func letter(_ index: Int) -> String {
    let letter = Character(Unicode.Scalar(UInt8(ascii: "A") + UInt8(index % 26)))
    return index < 26 ? "\(letter)" : "\(letter)\(index / 26)"
  }

  /// The distributions as curves, six to a chart, all charts on the same axes.
  var latencyCharts: String {
    let filled = result.series.indices.filter { result.series[$0].latency.count > 0 }
    let latencies = filled.map { result.series[$0].latency }
    // Those of 0, nearer than clocks can tell, stand at the foot: a logarithmic axis has no place for them.
    let least = latencies.compactMap(\.minimum).filter { $0 > 0 }.min() ?? 1
    guard let greatest = latencies.compactMap(\.maximum).max(),
      let count = latencies.map(\.count).max()
    else { return "" }
    // Where all are 0, nothing is between them.
    let range = LatencyHistogram.clamped(least)...LatencyHistogram.clamped(max(least, greatest))
    let (x, y) = (PercentileAxis(count: count), LogarithmicAxis(holding: range))
    return stride(from: 0, to: filled.count, by: Self.colors).map { start in
      chart(Array(filled[start..<min(start + Self.colors, filled.count)]), x, y)
    }.joined()
  }

  private func chart(_ indices: [Int], _ x: PercentileAxis, _ y: LogarithmicAxis) -> String {
    let rows = y.ticks.map { tick in
      "<i style=\"bottom:\(place(tick.position))\"><b>\(tick.label)</b></i>"
    }
    let columns = x.ticks.map { tick in
      "<i\(tick.isMinor ? " class=\"minor\"" : "") style=\"left:\(place(tick.position))\">"
        + "<b>\(tick.label)</b></i>"
    }
    let curves = indices.map { index in
      "<path class=\"s\(index % Self.colors)\" d=\"\(curve(result.series[index].latency, x, y))\"/>"
    }
    return """
      <figure>
      <div class="chart" role="img" aria-label="Latency by percentile, on logarithmic axes">
      <div class="rows">\(rows.joined())</div>
      <div class="columns">\(columns.joined())</div>
      <svg viewBox="0 0 1000 1000" preserveAspectRatio="none">\(curves.joined())</svg>
      \(ends(indices, x, y))
      </div>
      <figcaption>Percentile of deadlines that are not lost; every decade is a tenth of what was \
      left.</figcaption>
      </figure>

      """
  }

  private func curve(
    _ latency: LatencyHistogram, _ x: PercentileAxis, _ y: LogarithmicAxis
  ) -> String {
    let last = x.position(ofLastOf: latency.count)
    let points = latency.quantilePoints.map { point in
      (x: min(x.position(of: point.quantile), last), y: y.position(of: point.value))
    }
    let end = (x: last, y: y.position(of: LatencyHistogram.clamped(latency.maximum ?? 0)))
    return (points + [end]).enumerated().map { index, point in
      "\(index == 0 ? "M" : "L")\(fixed(point.x * 1000, decimals: 1)) "
        + fixed((1 - point.y) * 1000, decimals: 1)
    }.joined()
  }

  /// The series' letters where their curves end, moved apart where they would cover each other.
  private func ends(_ indices: [Int], _ x: PercentileAxis, _ y: LogarithmicAxis) -> String {
    let ends = indices.map { index in
      let latency = result.series[index].latency
      return (
        index: index, x: x.position(ofLastOf: latency.count),
        y: y.position(of: LatencyHistogram.clamped(latency.maximum ?? 0))
      )
    }.sorted { $0.y < $1.y }
    return zip(ends, movedApart(ends.map(\.y), by: 0.06)).map { end, bottom in
      "<span class=\"end\" style=\"left:\(place(end.x));bottom:\(place(bottom))\">"
        + "\(mark(end.index))</span>"
    }.joined()
  }

  /// A place in a chart, from 0 to 1, as CSS has it.
  func place(_ position: Double) -> String { fixed(position * 100, decimals: 3) + "%" }
}
