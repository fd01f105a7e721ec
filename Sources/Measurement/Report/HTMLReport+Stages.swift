internal import TerminalText

extension HTMLReport {
  // MARK: Where the time goes

  /// A bar a series: the mean latency, divided into stages.
  var budgetChart: String {
    let bars = result.series.indices.compactMap { index in
      budget(result.series[index]).map { (index: index, segments: $0) }
    }
    let longest = bars.map { $0.segments.reduce(0) { $0 + $1.mean } }.max() ?? 0
    guard longest >= 1 else { return "" }
    let axis = LinearAxis(end: UInt64(longest.rounded(.up)))
    let rows = bars.map { bar in
      var start = 0.0
      let segments = bar.segments.map { segment in
        defer { start += segment.mean }
        return self.segment(segment.stage, from: start, segment.mean, of: longest)
      }
      return row(mark(bar.index), segments, microseconds(mean: start))
    }
    let stages = Set(bars.flatMap(\.segments).map(\.stage))
    return legend(stages) + "<div class=\"bars\">\n\(rows.joined())\(scale(axis))</div>\n"
  }

  /// The mean time of each stage; they add up to the mean latency of the deadlines in question.
  private func budget(_ series: Series) -> [(stage: Stage, mean: Double)]? {
    guard let count = series.stages.first(where: { $0.stage == .handler })?.times.count else {
      return nil
    }
    return series.stages.filter { $0.stage <= .handler }.map { stage in
      (stage: stage.stage, mean: Double(stage.times.sum) / Double(count))
    }
  }

  // MARK: Worst interrupts

  /// A chart a series: a row an interrupt, its stages in the order of time.
  var timelines: String {
    result.series.indices.map { timeline($0) }.joined()
  }

  private func timeline(_ index: Int) -> String {
    let series = result.series[index]
    let ends = series.worst.flatMap(\.pieces).map { $0.start + $0.duration }
    guard let longest = ends.max(), longest > 0 else { return "" }
    let rows = series.worst.map { interrupt in
      let segments = interrupt.pieces.map { piece in
        segment(
          piece.stage, isWhole: piece.stage == .handler && !interrupt.pieces.haveStages,
          from: Double(piece.start), Double(piece.duration), of: Double(longest))
      }
      let source = result.sources.count > 1 ? "<small>\(interrupt.source + 1)</small> " : ""
      let vcpu = series.vcpus.isEmpty ? "" : "\(interrupt.vcpu)."
      return row(
        "\(source)#\(vcpu)\(interrupt.deadline)", segments, microseconds(interrupt.latency),
        remark: interrupt.cause?.title)
    }
    let stages = Set(
      series.worst.flatMap { interrupt in
        interrupt.pieces.filter { $0.stage != .handler || interrupt.pieces.haveStages }.map(\.stage)
      })
    return "<h3>\(mark(index)) \(series.name.markup)</h3>\n" + legend(stages)
      + "<div class=\"bars thin\">\n\(rows.joined())"
      + "\(scale(LinearAxis(end: UInt64(longest))))</div>\n"
  }

  // MARK: Bars

  private func row(
    _ label: String, _ segments: [String], _ value: String, remark: String? = nil
  ) -> String {
    "<div class=\"row\"><span>\(label)</span><div>\(segments.joined())</div>"
      + "<span>\(value)\(remark.map { "<small>\($0)</small>" } ?? "")</span></div>\n"
  }

  /// A piece of a bar; one that is the whole way to the handler is of no stage.
  private func segment(
    _ stage: Stage, isWhole: Bool = false, from start: Double, _ length: Double, of whole: Double
  ) -> String {
    guard length > 0 else { return "" }
    return "<i class=\"\(isWhole ? "whole" : stage.key)\" style=\"left:\(place(start / whole));"
      + "width:\(place(length / whole))\" "
      + "title=\"\(isWhole ? "to the handler" : stage.title): \(microseconds(mean: length)) \u{b5}s\"></i>"
  }

  private func scale(_ axis: LinearAxis) -> String {
    let ticks = axis.ticks.map { tick in
      "<i\(tick.isMinor ? " class=\"minor\"" : "") style=\"left:\(place(tick.position))\">"
        + "<b>\(tick.label)</b></i>"
    }
    return "<div class=\"row scale\"><span></span><div>\(ticks.joined())</div>"
      + "<span>\u{b5}s</span></div>\n"
  }

  private func legend(_ stages: Set<Stage>) -> String {
    let keys = stages.sorted().map { "<span><i class=\"key \($0.key)\"></i> \($0.title)</span>" }
    return "<p class=\"legend\">\(keys.joined(separator: " "))</p>\n"
  }
}
