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

  @Option(help: "The model: mips or arm.")
  var model: Model

  @Option(help: "The cost of an operation, in nanoseconds.")
  var operationCost: UInt64 = 0

  @Option(help: "Ticks of the counter per second; by default 100000000 for mips, 62500000 for arm.")
  var frequency: UInt64?

  @Option(help: "Give up on a pipe that has not ended after this many seconds.")
  var timeout = 60.0

  @Option(
    help: "Run them against a device of your own: the command line of its adapter (swvmm device).")
  var device: String?

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var progress: ProgressOptions

  @Argument(help: "Conformance scripts.", completion: .file())
  var files: [String]

  enum Model: String, CaseIterable, ExpressibleByArgument {
    case mips, arm
  }

  func run() throws {
    guard operationCost <= 1_000_000_000 else {
      throw Failure(.usage, "--operation-cost \(operationCost): at most 1000000000 nanoseconds")
    }
    let reports =
      switch model {
      case .mips: try mipsReports()
      case .arm: try armReports()
      }
    if json { try publish(JSONValue.array(reports.map(\.json)).text(.pretty) + "\n") }
    if !reports.allSatisfy(\.isPassed) { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }

  private func mipsReports() throws -> [ConformanceReport] {
    let hertz = try checked { try frequency.map { try CountFrequency(hertz: $0) } ?? .default }
    return try withDevice { adapter in
      guard let adapter else {
        return try reports {
          CountCompareMachine<CountCompareTimer>(frequency: hertz, costNanoseconds: operationCost)
        }
      }
      let timer = try ForeignCountCompareTimer(adapter)
      return try reports {
        CountCompareMachine(timer: timer, frequency: hertz, costNanoseconds: operationCost)
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
        timer: timer, controller: controller, frequency: hertz, costNanoseconds: operationCost)
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
      let bytes = try contents(of: file)
      let report: ConformanceReport
      do {
        report = try ConformanceCorpus<Machine.Vocabulary>(file: file, bytes: bytes)
          .run(on: makeMachine)
      } catch { throw Failure(.badImage, "\(error)") }
      status.clear()
      if !json { try publish(report.text) }
      return report
    }
  }

  private func checked<Frequency>(_ body: () throws -> Frequency) throws -> Frequency {
    do { return try body() } catch { throw Failure(.usage, "--frequency: \(error)") }
  }

  private func contents(of file: String) throws -> [UInt8] {
    do {
      let deadline = MonotonicClock.now() &+ (try nanoseconds(ofTimeout: timeout))
      guard let bytes = try HostFile.contents(of: file, limit: JSONNode.sizeMax, until: deadline)
      else {
        throw Failure(.badImage, "\(file): larger than \(JSONNode.sizeMax >> 20) MiB")
      }
      return bytes
    } catch let error as SystemError {
      throw Failure(reading: error)
    }
  }
}
