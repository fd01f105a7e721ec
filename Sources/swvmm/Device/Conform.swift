import ArgumentParser
import Conformance
import ForeignDevice
import JSON
import LinuxHost
import TimerModels

/// `swvmm conform`: runs conformance scripts against a model.
struct Conform: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conform",
    abstract: "Run conformance scripts (JSON) against a timer model, in virtual time.",
    discussion: """
      Prints one line per scenario, expected and observed values for each failure, and a summary. Exit \
      status: 0 if every scenario passed, 1 if one did not, 65 if a file is not a conformance script. A \
      file has at most 16 MiB and half a million values.
      """)

  @Option(
    help: "The model: count-compare or generic-timer, with its interrupt controller; or mips, arm.")
  var model: Model?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The cost of an operation; a number alone is of nanoseconds. (default: 0ns)",
      valueName: "time"),
    transform: TimeSpan.parser(in: "ns", 0...1_000_000_000))
  var operationCost: TimeSpan?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The counter's frequency; by default 100MHz for count-compare, 62.5MHz for generic-timer.",
      valueName: "frequency"), transform: Self.hertz(in:))
  var frequency: UInt64?

  @OptionGroup var pipes: PipeLimit

  @Option(
    help: "Run them against a device of your own: the command line of its adapter (swvmm device).",
    completion: .file())
  var device: String?

  @OptionGroup var result: ResultFormat
  private var json: Bool { result.isJSON }

  @OptionGroup var progress: ProgressOptions

  @Option(
    help: ArgumentHelp(
      """
      Write each scenario as an image for QEMU's mipssim or virt into this new folder, instead of running it.
      """,
      valueName: "folder"), completion: .directory)
  var exportELF: String?

  @Flag(help: "Print the grammar of scripts, with the words of each model.")
  var grammar = false

  @Flag(help: "Print a script that the model passes, to begin with; count-compare by default.")
  var example = false

  @Argument(help: "Conformance scripts; - is standard input.", completion: .file())
  var files: [String] = []

  /// The models, each also by the name of its architecture.
  enum Model: String, CaseIterable, ExpressibleByArgument {
    case countCompare = "count-compare"
    case genericTimer = "generic-timer"
    case mips, arm
  }

  func validate() throws {
    let ofRuns = [
      ("--operation-cost", operationCost != nil), ("--frequency", frequency != nil),
      ("--device", device != nil), ("--json", json),
    ]
    for option in ofRuns + [("--export-elf", exportELF != nil), ("FILE", !files.isEmpty)] {
      try refuse("--grammar only prints", option, if: grammar)
      try refuse("--example only prints", option, if: example)
    }
    try refuse(
      "--grammar has all models", ("--model", model != nil), ("--example", example), if: grammar)
    for option in ofRuns { try refuse("--export-elf runs nothing", option, if: exportELF != nil) }
    guard !grammar && !example else { return }
    guard !files.isEmpty else { throw ValidationError("Missing expected argument '<files> ...'") }
  }

  func run() throws {
    if grammar { return try publish(Notes.grammar + "\n") }
    if example { return try publish((model ?? .countCompare).example) }
    guard let model else {
      // A file that is not there is not there for any model.
      for file in files where file != "-" {
        do { try HostFile.requirePresence(of: file) } catch { throw Failure(reading: error) }
      }
      throw ValidationError(
        "--model: of which timer? count-compare (or mips), or generic-timer (or arm)")
    }
    if let exportELF {
      return switch model {
      case .countCompare, .mips: try export(MIPSVocabulary.self, to: exportELF)
      case .genericTimer, .arm: try export(ARMVocabulary.self, to: exportELF)
      }
    }
    let reports =
      switch model {
      case .countCompare, .mips: try mipsReports()
      case .genericTimer, .arm: try armReports()
      }
    if json { try publish(jsonDocument(.conform, ["reports": .array(reports.map(\.json))])) }
    if !reports.allSatisfy(\.isPassed) { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }

  /// What an operation costs, in nanoseconds.
  private var cost: UInt64 { operationCost?.nanoseconds ?? 0 }

  private func mipsReports() throws -> [ConformanceReport] {
    let hertz = try checked { try frequency.map { try CountFrequency(hertz: $0) } ?? .default }
    return try withDevice { adapter in
      guard let adapter else {
        return try reports {
          CountCompareMachine<CountCompareTimer>(
            frequency: hertz, costNanoseconds: cost)
        }
      }
      let timer = try ForeignCountCompareTimer(adapter)
      return try reports {
        CountCompareMachine(
          timer: timer, frequency: hertz, costNanoseconds: cost)
      }
    }
  }

  private func armReports() throws -> [ConformanceReport] {
    let hertz = try checked { try frequency.map { try CounterFrequency(hertz: $0) } ?? .default }
    let timer = GenericTimer(at: .origin)
    let controller = InterruptController(cpuCount: 1)
    return try withDevice { adapter in
      // What the device is not, a model is.
      switch adapter.map({ ($0, $0.identity.kinds) }) {
      case nil: try armReports(timer, controller, hertz)
      case (let adapter, [.genericTimer, .interruptController])?:
        try armReports(
          ForeignGenericTimer(adapter), ForeignInterruptController(adapter), hertz)
      case (let adapter, .interruptController)?:
        try armReports(timer, ForeignInterruptController(adapter), hertz)
      case (let adapter, _)?: try armReports(ForeignGenericTimer(adapter), controller, hertz)
      }
    }
  }

  private func armReports(
    _ timer: some GenericTimerInterface, _ controller: some InterruptControllerInterface,
    _ hertz: CounterFrequency
  ) throws -> [ConformanceReport] {
    try reports {
      GenericTimerMachine(
        timer: timer, controller: controller, frequency: hertz,
        costNanoseconds: cost)
    }
  }

  /// Does something with the adapter, if there is one; its failure is the command's.
  private func withDevice(
    _ body: (Adapter?) throws -> [ConformanceReport]
  ) throws -> [ConformanceReport] {
    let adapter = try device.map { try startAdapter($0) }
    return try asking {
      let reports = try body(adapter)
      if let failure = adapter?.failure { throw failure }
      return reports
    }
  }

  private func reports<Machine: ConformanceMachine>(
    on makeMachine: () -> Machine
  ) throws -> [ConformanceReport] {
    let status = progress.line()
    return try files.enumerated().map { number, file in
      status.show("\(number + 1) of \(files.count): \(file)")
      defer { status.clear() }
      let report = try corpus(of: file).run(on: makeMachine)
      status.clear()
      if !json { try publish(report.text) }
      return report
    }
  }

  /// What a file has, at least one scenario.
  func corpus<Vocabulary>(of file: String) throws -> ConformanceCorpus<Vocabulary> {
    let bytes = try pipes.contents(of: file)
    let corpus: ConformanceCorpus<Vocabulary>
    do { corpus = try ConformanceCorpus(file: file, bytes: bytes) } catch {
      throw Failure(.badImage, "\(error)")
    }
    guard !corpus.scenarios.isEmpty else { throw Failure(.badImage, "\(file): no scenario") }
    return corpus
  }

  /// What fits a register; whether a timer counts as fast it says itself.
  private static func hertz(in text: String) throws -> UInt64 {
    try ValueGrammar.frequency.value(of: text, in: 0...1 << 32, "at most 4294967296Hz")
  }

  private func checked<Frequency>(_ body: () throws -> Frequency) throws -> Frequency {
    do { return try body() } catch { throw Failure(.usage, "--frequency: \(error)") }
  }
}
