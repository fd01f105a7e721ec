import ArgumentParser
import JSON
import LinuxHost
import Measurement

/// `swvmm measure`: interrupt delivery, from the planned deadline to the guest's handler.
struct Measure: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure",
    abstract: "Measure interrupt delivery, and merge measurements.",
    subcommands: [Campaign.self, Merge.self], defaultSubcommand: Campaign.self)

  /// `swvmm measure merge`: adds results of several runs or machines.
  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge",
      abstract: "Add results of several runs or machines.",
      discussion: """
        The files are what `swvmm measure --json` printed; they must have the same series in the \
        same configurations. Histograms and verdicts are added, and the sources listed. Exit status: \
        0, or 1 if a deadline was lost or early, or a handler run duplicated or spurious; 65 if a \
        file is not a result, or results do not fit together.
        """)

    @OptionGroup var output: MeasurementOutput

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        """
        Give up on a pipe that has not ended after this time; a number alone is of seconds. (default: 60s)
        """,
        valueName: "time"),
      transform: TimeSpan.timeout)
    var timeout = TimeSpan.seconds(60)

    @Argument(help: "Results to merge, two or more.", completion: .file())
    var files: [String]

    func run() throws {
      guard let first = files.first, files.count > 1 else {
        throw Failure(.usage, "measure merge: two files or more")
      }
      let page = try output.open()
      var merged = try result(in: first)
      for file in files.dropFirst() {
        do { try merged.merge(try result(in: file)) } catch let error as MergeError {
          throw Failure(.badImage, "\(file) does not fit what is before it: \(error)")
        }
      }
      try output.publish(merged, page: page)
      if !merged.isSound { throw ExitCode(ExitStatus.shortfall.rawValue) }
    }

    private func result(in file: String) throws -> MeasurementResult {
      do {
        let deadline = MonotonicClock.now() &+ timeout.nanoseconds
        guard let bytes = try HostFile.contents(of: file, limit: JSONNode.sizeMax, until: deadline)
        else {
          throw Failure(.badImage, "\(file): larger than \(JSONNode.sizeMax >> 20) MiB")
        }
        var result = try MeasurementResult(JSONNode(parsing: bytes))
        result.nameSources(file)
        return result
      } catch let error as SystemError {
        throw Failure(reading: error)
      } catch let error as JSONError {
        throw Failure(.badImage, "\(file): \(error)")
      }
    }
  }
}

/// Where results of measurements go: the same for one that was just made and for merged ones.
struct MeasurementOutput: ParsableArguments {
  @Flag(help: "Print one JSON document, which `measure merge` reads.")
  var json = false

  @Option(help: "Write HdrHistogram percentile files whose names begin with this.")
  var hgrm: String?

  @Option(help: "Write one self-contained HTML page.", completion: .file())
  var report: String?

  /// Opens the files of which the names are known, before the work begins.
  ///
  /// - Throws: ``Failure`` for one that cannot be opened, or a folder of percentile files that is none.
  func open() throws -> OutputFile? {
    try exiting {
      if let hgrm { try HostFile.requireFolder(of: hgrm) }
      return try report.map { try OutputFile(opening: $0) }
    }
  }

  /// Prints the result and writes the files that were asked for.
  ///
  /// *Guarantee:* what cannot be printed or written does not take the other along: a result may be of hours.
  func publish(_ result: MeasurementResult, page: OutputFile?) throws {
    var results = [
      Result { try swvmm.publish(json ? result.json.text(.pretty) + "\n" : result.text) }
    ]
    if let hgrm {
      for file in result.percentileFiles {
        guard let text = file.text else {
          complain("\(hgrm)\(file.name) is not written: there are no samples")
          continue
        }
        results.append(Result { try write(text, to: hgrm + file.name) })
      }
    }
    if let page {
      results.append(Result { try exiting { try page.write([UInt8](result.html.utf8)) } })
    }
    for result in results { try result.get() }
  }

  private func write(_ text: String, to path: String) throws {
    try exiting { try HostFile.write([UInt8](text.utf8), to: path) }
  }
}
