import ArgumentParser
import Exploration
import JSON
import LinuxHost
import TimerModels

/// `swvmm conform`: runs conformance scripts against a model.
struct Conform: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run conformance scripts (JSON) against a timer model, in virtual time.",
    discussion: """
      Prints a line a scenario, with what was expected and observed where it fell short, and a \
      closing count. Exit status: 0 if every scenario passed, 1 if one did not, 65 if a file is no \
      script.
      """)

  @Option(help: "The model: mips.")
  var model: Model

  @Option(help: "What an operation costs, in nanoseconds.")
  var operationCost: UInt64 = 0

  @Option(help: "Ticks of the counter a second.")
  var frequency: UInt64 = 100_000_000

  @Flag(help: "Print one JSON document.")
  var json = false

  @Argument(help: "Conformance scripts.", completion: .file())
  var files: [String]

  enum Model: String, CaseIterable, ExpressibleByArgument {
    case mips
  }

  func run() throws {
    let frequency = try checkedFrequency()
    var reports: [ConformanceReport] = []
    for file in files {
      let bytes = try contents(of: file)
      do {
        let corpus = try ConformanceCorpus<MIPSVocabulary>(file: file, bytes: bytes)
        reports.append(
          corpus.run {
            CountCompareMachine<CountCompareTimer>(
              frequency: frequency, costNanoseconds: operationCost)
          })
      } catch {
        throw Failure(.badImage, "\(error)")
      }
    }
    if json {
      try publish(JSONValue.array(reports.map(\.json)).text(.pretty) + "\n")
    } else {
      for report in reports { try publish(report.text) }
    }
    if !reports.allSatisfy(\.isPassed) { throw ExitCode(ExitStatus.shortfall.rawValue) }
  }

  private func checkedFrequency() throws -> CountFrequency {
    guard operationCost <= 1_000_000_000 else {
      throw Failure(.usage, "--operation-cost \(operationCost): at most 1000000000 nanoseconds")
    }
    do { return try CountFrequency(hertz: frequency) } catch {
      throw Failure(.usage, "--frequency \(frequency): \(error)")
    }
  }

  private func contents(of file: String) throws -> [UInt8] {
    do {
      guard let bytes = try HostFile.contents(of: file, limit: 1 << 28) else {
        throw Failure(.badImage, "\(file): larger than 256 MiB")
      }
      return bytes
    } catch let error as SystemError {
      throw Failure(error.errno == .isDirectory ? .badImage : .noImage, "\(error)")
    }
  }
}
