import ArgumentParser
import JSON
import LinuxHost
import Measurement

/// `swvmm measure`: interrupt delivery, from the planned deadline to the guest's handler.
struct Measure: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure",
    abstract: "Measure interrupt delivery; merge, compare and import measurements.",
    subcommands: [Campaign.self, Merge.self, Compare.self, Import.self],
    defaultSubcommand: Campaign.self)

  /// `swvmm measure merge`: adds results of several runs or machines.
  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge",
      abstract: "Add results of several runs or machines.",
      discussion: """
        The files are what `swvmm measure --json` printed; they must have the same series in the \
        same configurations. Histograms and verdicts are added, and the sources listed. A single \
        file is shown as it is: a page from a result that was kept. Exit status: \
        0, or 1 if a deadline was lost or early; 65 if a file is not a result, or results do not fit \
        together.
        """)

    @OptionGroup var output: MeasurementOutput

    @OptionGroup var pipes: PipeLimit

    @Argument(help: "Results to merge, one or more.", completion: .file())
    var files: [String]

    func run() throws {
      guard let first = files.first else { throw Failure(.usage, "measure merge: name a file") }
      let page = try output.open(besides: files)
      var merged = try MeasurementFile.result(in: first, within: pipes)
      var read = [merged]
      for file in files.dropFirst() {
        let result = try MeasurementFile.result(in: file, within: pipes)
        if let same = read.firstIndex(where: { $0.isSameMeasurement(as: result) }) {
          complain("\(file) is the same measurement as \(files[same]), and counts again")
        }
        read.append(result)
        do { try merged.merge(result) } catch {
          throw Failure(.badImage, "\(file) does not fit what is before it: \(error)")
        }
      }
      try output.publish(merged, page: page)
      if !merged.hasAll { throw ExitCode(ExitStatus.shortfall.rawValue) }
    }
  }
}

/// Where results of measurements go: the same for one that was just made and for merged ones.
struct MeasurementOutput: ParsableArguments {
  @Flag(help: "Print one JSON document, which `measure merge` reads.")
  var json = false

  @OptionGroup var legend: Legend

  @Option(help: "Write HdrHistogram percentile files whose names begin with this.")
  var hgrm: String?

  @Option(help: "Write one self-contained HTML page.", completion: .file())
  var report: String?

  func validate() throws { try legend.refuseWithoutTable(json) }

  /// Opens the files of which the names are known, before the work begins.
  ///
  /// - Parameter others: Files that are read, or written, too.
  /// - Returns: The page, if one was asked for.
  /// - Throws: ``Failure`` for one that cannot be opened or is one of the others, or a folder of percentile
  ///   files that is none.
  func open(besides others: [String]) throws -> OutputFile? {
    if let hgrm { try exiting { try HostFile.requireFolder(of: hgrm) } }
    return try report.map { try OutputFile(opening: $0, for: "--report", besides: others) }
  }

  /// Prints the result and writes the files that were asked for.
  ///
  /// *Guarantee:* what cannot be printed or written does not take the other along: a result may be of hours.
  ///
  /// - Parameters:
  ///   - result: What was measured.
  ///   - page: The page's file, if one was asked for.
  ///   - document: What is printed of the result's JSON document: the same by default.
  /// - Throws: ``Failure`` for the first of them that cannot be printed or written.
  func publish(
    _ result: MeasurementResult, page: OutputFile?,
    as document: (JSONValue) -> JSONValue = { $0 }
  ) throws {
    var results = [
      Result { try swvmm.publish(json ? jsonText(document(result.json)) : text(of: result)) }
    ]
    if let hgrm {
      for file in result.percentileFiles {
        guard let text = file.text else {
          complain("\(hgrm)\(file.name) is not written: there are no samples")
          continue
        }
        results.append(Result { try Self.write(text, to: hgrm + file.name) })
      }
    }
    if let page {
      results.append(Result { try exiting { try page.write([UInt8](result.html.utf8)) } })
    }
    for result in results { try result.get() }
  }

  private func text(of result: MeasurementResult) -> String {
    result.text + (legend.legend ? "\n" + Legend.measurement : "")
  }

  /// Writes a file that was asked for.
  static func write(_ text: String, to path: String) throws {
    try exiting { try HostFile.write([UInt8](text.utf8), to: path) }
  }
}
