internal import TerminalText

extension MeasurementResult {
  /// The result as one self-contained page: no script, nothing from the network, light and dark.
  ///
  /// Its numbers are the same texts as in ``text``, made from the same values as ``json``.
  public var html: String { HTMLReport(result: self).page }
}

/// The page of a result; one file a section.
struct HTMLReport {
  let result: MeasurementResult
  var comparison: Comparison?

  var page: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Interrupt delivery</title>
    <style>
    \(Self.style)</style>
    </head>
    <body>
    <main>
    <header>
    <h1>Interrupt delivery</h1>
    <p class="lead">\(lead)</p>
    </header>
    \(sections.joined(separator: "\n"))
    </main>
    </body>
    </html>

    """
  }

  private var sections: [String] {
    let compared = comparison.map { comparison in
      section(
        "Comparison",
        "How the second differs from the first, with an interval of 95 %: of the scatter between runs, or of "
          + "the ratios of pairs of runs.", changes(comparison))
    }
    return [compared].compactMap { $0 } + resultSections
  }

  private var resultSections: [String] {
    [
      section(
        "Latency",
        "From the planned deadline to the first instruction of the guest\u{2019}s handler, "
          + "in microseconds.", latencyTable + latencyCharts + notes),
      section(
        "Over time",
        "The mean and the greatest latency by the time for which the deadlines were planned: drift "
          + "is a slope, a burst a peak."
          + (result.sources.count > 1 ? " Runs follow one another, with a line between." : ""),
        historyCharts),
      section(
        "Verdicts",
        "Every planned deadline has one; the first five classes add up to the planned "
          + "deadlines. Duplicated and spurious are handler runs that answer none.",
        verdictTable + vcpuTables + definitions),
      section(
        "Where the time goes",
        "Mean time from the planned deadline to the handler by stage, of the "
          + "deadlines in a separate run. Means add up; the medians and percentiles in the "
          + "tables do not.", budgetChart + stageTables),
      section(
        "Causes",
        "Why late interrupts were late: one cause each, the first in the table\u{2019}s order that "
          + "explains it. The time is from the planned deadline to the handler.", causeCharts),
      section(
        "Worst interrupts",
        "The longest latencies of handler runs, from the planned deadline on; "
          + "grey is what followed the handler\u{2019}s first instruction."
          + (result.sources.count > 1 ? " The small number is the source\u{2019}s." : "")
          + (haveVCPUs ? " #1.20 is deadline 20 of vCPU 1." : ""), timelines),
      section(
        "Cost of measuring", "Processor time as shares of one core, and what the stamps took.",
        costTable),
      section("Configuration", "", settings), section("Sources", "", sources),
    ]
  }

  private var lead: String {
    // No overflow: at most 1000 terms of at most 2^53.
    let planned = result.series.reduce(0) { $0 + $1.verdicts.planned }
    let lost = result.series.reduce(0) { $0 + $1.verdicts[.lost] }
    let runs = result.sources.count == 1 ? "one run" : "\(result.sources.count) runs"
    return "\(planned) planned deadlines, \(lost) lost; "
      + "\(result.series.count) series from \(runs)."
  }

  private func section(_ title: String, _ lead: String, _ body: String) -> String {
    let paragraph = lead.isEmpty ? "" : "<p>\(lead)</p>\n"
    return "<section>\n<h2>\(title)</h2>\n\(paragraph)\(body)</section>"
  }

  // MARK: Tables

  /// A table whose first column is to the left.
  ///
  /// It scrolls by itself where it is wider than the page; on a narrow screen each row is a block, in which each cell
  /// has its column's name above it.
  func table(_ header: [String], _ rows: [[String]]) -> String {
    let head = header.map { "<th>\($0)</th>" }.joined()
    let body = rows.map { row in
      "<tr><th>\(row.first ?? "")</th>"
        + zip(row, header).dropFirst().map(Self.cell).joined() + "</tr>\n"
    }.joined()
    return "<div class=\"scroll\"><table>\n<thead><tr>\(head)</tr></thead>\n"
      + "<tbody>\n\(body)</tbody>\n</table></div>\n"
  }

  /// A table of one series, below its name.
  func table(of index: Int, _ header: [String], _ rows: [[String]]) -> String {
    "<h3>\(title(index))</h3>\n" + table(header, rows)
  }

  private static func cell(_ text: String, of column: String) -> String {
    "<td\(["0", absent].contains(text) ? " class=\"none\"" : "") data-of=\"\(column)\">\(text)</td>"
  }

  /// The series' letter in its colour, and its name.
  private func title(_ index: Int) -> String {
    mark(index) + " " + result.series[index].name.markup
  }

  func mark(_ index: Int) -> String {
    "<b class=\"mark s\(index % Self.colors)\">\(Self.letter(index))</b>"
  }

  private var latencyTable: String {
    table(
      ["series"] + LatencyHistogram.columns,
      result.series.indices.map { [title($0)] + result.series[$0].latency.cells })
  }

  private var verdictTable: String {
    let faults: Set = [
      Verdict.lost.rawValue, Verdict.early.rawValue, "duplicated", "spurious",
    ]
    return table(
      ["series"] + Verdicts.columns,
      result.series.indices.map { index in
        let cells = zip(Verdicts.columns, result.series[index].verdicts.cells).map { column, cell in
          faults.contains(column) && cell != "0" ? "<em>\(cell)</em>" : cell
        }
        return [title(index)] + cells
      })
  }

  /// Whether any series is of several vCPUs.
  private var haveVCPUs: Bool { result.series.contains { !$0.vcpus.isEmpty } }

  private var vcpuTables: String {
    result.series.indices.filter { !result.series[$0].vcpus.isEmpty }.map { index in
      table(
        of: index, ["vCPU, \u{b5}s"] + Series.vcpuColumns,
        result.series[index].vcpus.enumerated().map { number, vcpu in
          ["vCPU \(number)"] + vcpu.cells
        })
    }.joined()
  }

  private var costTable: String {
    table(
      ["series"] + Series.costColumns,
      result.series.indices.map { [title($0)] + result.series[$0].costCells })
  }

  private var stageTables: String {
    result.series.indices.map { index in
      let series = result.series[index]
      return series.stages.isEmpty
        ? ""
        : table(
          of: index, ["stage, \u{b5}s"] + Series.stageColumns,
          series.stages.map { stage in
            ["<i class=\"key \(stage.stage.key)\"></i>\u{a0}\(stage.stage.title)"]
              + series.cells(of: stage)
          })
    }.joined()
  }

  private var notes: String {
    result.notes.map { "<p class=\"note\">\($0.markup)</p>\n" }.joined()
  }

  private var definitions: String {
    """
    <details><summary>What the verdicts mean</summary>
    <dl>
    <dt>delivered</dt><dd>A handler run answers the deadline within the budget.</dd>
    <dt>late</dt><dd>A handler run answers it, but beyond the budget.</dd>
    <dt>merged</dt><dd>The run that answers an earlier deadline covers it.</dd>
    <dt>lost</dt><dd>No handler run answers or covers it.</dd>
    <dt>early</dt><dd>A handler run answers it before it was due.</dd>
    <dt>duplicated</dt><dd>A run that repeats what was answered already.</dd>
    <dt>spurious</dt><dd>A run for which nothing was planned, or that found the timer\u{2019}s \
    condition not met.</dd>
    </dl></details>

    """
  }
}
