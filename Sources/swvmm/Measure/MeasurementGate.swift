import ArgumentParser
import Measurement

/// The conditions on a measurement, and the status that they end a command with.
struct MeasurementGate: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Conditions on every series, with commas between, as in 'p99<200us,lost=0,early=0'.",
      valueName: "conditions"))
  var require: String?

  /// The status of a measurement whose conditions this host was too noisy to decide.
  static let undecidedStatus: Int32 = 2

  func validate() throws { _ = try requirements() }

  private func requirements() throws -> [Requirement] {
    do { return try require.map { text in try Requirement.list(text) } ?? [] } catch {
      throw ValidationError("--require \(error)")
    }
  }

  /// Judges a result, and reports each figure on standard error.
  ///
  /// - Throws: 1 where a condition does not hold, 2 where the host's own noise may be to blame.
  func demand(of result: MeasurementResult) throws {
    let gate = Gate(try requirements(), on: result)
    for finding in gate.findings { complain(finding.description) }
    switch gate.standing {
    case .holds: break
    case .fails: throw ExitCode(ExitStatus.shortfall.rawValue)
    case .undecided: throw ExitCode(Self.undecidedStatus)
    }
  }
}
