internal import TerminalText

extension HTMLReport {
  /// A bar a series, of the time of its late interrupts by cause, and a table a series.
  var causeCharts: String {
    let blamed = result.series.indices.filter { !result.series[$0].causes.isEmpty }
    guard !blamed.isEmpty else {
      return "<p>No interrupt was late, or nothing was looked at.</p>\n"
    }
    let sums = blamed.map { index in
      result.series[index].causes.reduce(0.0) { $0 + Double($1.times.sum) }
    }
    let longest = max(sums.max() ?? 0, 1)
    let rows = zip(blamed, sums).map { index, sum in
      var start = 0.0
      let pieces = result.series[index].causes.map { cause in
        let length = Double(cause.times.sum)
        defer { start += length }
        return "<i class=\"c-\(cause.cause.rawValue)\" style=\"left:\(place(start / longest));"
          + "width:\(place(length / longest))\" title=\"\(cause.cause.title): "
          + "\(cause.times.count), \(microseconds(mean: length)) \u{b5}s\"></i>"
      }
      return "<div class=\"row\"><span>\(mark(index))</span><div>\(pieces.joined())</div>"
        + "<span>\(microseconds(mean: sum))</span></div>\n"
    }
    let causes = Set(blamed.flatMap { result.series[$0].causes.map(\.cause) }).sorted()
    let keys = causes.map { cause in
      "<span><i class=\"key c-\(cause.rawValue)\"></i> \(cause.title)</span>"
    }
    let scale = LinearAxis(end: UInt64(longest)).ticks.map { tick in
      "<i\(tick.isMinor ? " class=\"minor\"" : "") style=\"left:\(place(tick.position))\">"
        + "<b>\(tick.label)</b></i>"
    }
    return "<p class=\"legend\">\(keys.joined(separator: " "))</p>\n<div class=\"bars\">\n"
      + rows.joined() + "<div class=\"row scale\"><span></span><div>\(scale.joined())</div>"
      + "<span>\u{b5}s</span></div>\n</div>\n" + blamed.map(causeTable).joined()
      + "<details><summary>What the causes mean</summary>\n<dl>\n"
      + causes.map { "<dt>\($0.title)</dt><dd>\($0.meaning)</dd>\n" }.joined() + "</dl></details>\n"
  }

  private func causeTable(_ index: Int) -> String {
    let series = result.series[index]
    return table(
      of: index, ["cause, \u{b5}s"] + Series.causeColumns,
      series.causes.map { cause in
        ["<i class=\"key c-\(cause.cause.rawValue)\"></i>\u{a0}\(cause.cause.title)"]
          + series.cells(of: cause)
      })
  }
}
