import ArgumentParser
import JSON
import LinuxHost
import Measurement

extension Measure {
  /// `swvmm measure compare`: how the second of two results differs from the first.
  struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "compare",
      abstract: "Compare two results, series by series.",
      discussion: """
        The files are what `swvmm measure --json` or `measure merge --json` printed. For each \
        percentile: by how much the second is slower or faster, with an interval of 95 percent, which is \
        of the scatter between runs, and of as much for what the runs of a start share. Both need three \
        runs or more for it (`measure --runs`); with fewer the verdict is undecided, because runs of one \
        program differ, too. `measure --against` starts both programs in turn, and decides smaller \
        differences. Results that were measured with one setting changed, as `--wait block` and \
        `--wait spin`, are compared as `block/spin`.

        Exit status: 0, also where it is undecided, or 1 if the second is slower at p50 or p99, or has \
        more interrupts lost, early, duplicated or spurious; 65 if a file is not a result, or they have \
        no series in common.
        """)

    @OptionGroup var result: ResultFormat

    @OptionGroup var legend: Legend

    @Option(help: "Write one self-contained HTML page with both.", completion: .file())
    var report: String?

    @OptionGroup var pipes: PipeLimit

    @Argument(help: "The yardstick.", completion: .file())
    var first: String

    @Argument(help: "What is compared with it.", completion: .file())
    var second: String

    func validate() throws { try legend.refuseWithoutTable(result.isJSON) }

    func run() throws {
      let page = try report.map {
        try OutputFile(opening: $0, for: "--report", besides: [first, second])
      }
      let results = try [first, second].map { try MeasurementFile.result(in: $0, within: pipes) }
      let comparison = Comparison(of: results[0], and: results[1], isPaired: false)
      guard !comparison.rows.isEmpty else {
        throw Failure(.badImage, "\(second) has no series that \(first) has")
      }
      try publish(comparison, of: results, json: result.isJSON, legend, page: page)
      if comparison.isWorse { throw ExitCode(ExitStatus.shortfall.rawValue) }
    }
  }
}

/// Prints a comparison, and writes the page of both results if asked to.
func publish(
  _ comparison: Comparison, of results: [MeasurementResult], json: Bool, _ legend: Legend,
  page: OutputFile?
) throws {
  let text = comparison.text + (legend.legend ? "\n" + Legend.comparison : "")
  let printed = Result {
    try publish(json ? jsonDocument(.comparison, comparison.json) : text)
  }
  if let page {
    var both = results[0]
    do { try both.append(results[1]) } catch { throw Failure(.badImage, "\(error)") }
    try exiting { try page.write([UInt8](comparison.html(of: both).utf8)) }
  }
  try printed.get()
}
