public import Measurement
public import VMM

/// Why a campaign cannot continue.
public enum CampaignError: Error, Hashable, CustomStringConvertible {
  /// The machine that is measured cannot be built, or not run.
  case machine(MachineError)
  /// The run of this name kept nothing.
  case noRecords(of: String)
  /// What the run of this name kept does not add up.
  case unjudged(of: String, JudgementError)

  /// One line that says what happened.
  public var description: String {
    switch self {
    case .machine(let error): "\(CampaignSession.guest): \(error)"
    case .noRecords(let name): "\(name): the run left no records"
    case .unjudged(let name, let error): "\(name): \(error)"
    }
  }
}
