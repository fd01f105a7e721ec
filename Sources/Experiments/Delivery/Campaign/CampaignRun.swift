public import Measurement

/// What one run of a campaign gave.
public struct CampaignRun: Sendable {
  /// What was measured.
  public let cell: CampaignCell
  /// Its latencies, verdicts, stages and costs.
  public let series: Series
  /// Every interrupt of each vCPU.
  public let vcpus: [VCPUInterrupts]
  /// What a reader must know, and is not a shortfall; a line each.
  public internal(set) var remarks: [String]
  /// Where the run fell short of its plan, verdicts apart; a line each.
  public let complaints: [String]
  /// The exit status of a run that the host or this program ended by a failure, 65 to 71; nil of any other.
  public let failureStatus: Int32?
}
