import ArgumentParser
import Measurement

extension Measure {
  /// `swvmm measure import`: results of other tools, beside each other and ours.
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Show results of cyclictest, rtla and kvm-unit-tests beside ours.",
      discussion: """
        A file is what `cyclictest --histogram=N --json` or `rtla timerlat hist` wrote, the output of \
        kvm-unit-tests' tscdeadline_latency (lines `latency: N`, with --tsc-khz), or a result of \
        `swvmm measure --json`; which it is shows in the text. Series stand beside one another, and are \
        not added up. What they measure differs: cyclictest and timerlat end where a thread of the host \
        runs, ours in a guest's handler. Values beyond a tool's histogram count as its maximum.

        Exit status: 0, or 65 if a file is none of these.
        """)

    @OptionGroup var output: MeasurementOutput

    @Option(help: "The TSC's frequency in kHz, for latencies in cycles; 1 to 100000000.")
    var tscKhz: Int?

    @OptionGroup var pipes: PipeLimit

    @Argument(help: "Files of results, one or more.", completion: .file())
    var files: [String]

    func validate() throws {
      if let tscKhz, !(1...100_000_000).contains(tscKhz) {
        throw ValidationError("--tsc-khz \(tscKhz): from 1 to 100000000")
      }
    }

    func run() throws {
      let page = try output.open(besides: files)
      guard let first = files.first else { throw Failure(.usage, "measure import: name a file") }
      var all = try MeasurementFile.anyResult(in: first, kilohertz: tscKhz, within: pipes)
      for file in files.dropFirst() {
        let result = try MeasurementFile.anyResult(in: file, kilohertz: tscKhz, within: pipes)
        do { try all.append(result) } catch { throw Failure(.badImage, "\(file): \(error)") }
      }
      try output.publish(all, page: page)
    }
  }
}
