public import Measurement

/// What one run of a campaign gave.
public struct CampaignRun: Sendable {
  /// What was measured.
  public let cell: CampaignCell
  /// Its latencies, verdicts, stages and costs.
  public let series: Series
  /// Every interrupt, with its verdict.
  public let interrupts: JudgedInterrupts
  /// The cause of each that was late, in the same order; empty where nothing was looked at.
  public let causes: [Cause?]
  /// What a reader must know, and is no shortfall; a line each.
  public let remarks: [String]
  /// Where the run fell short of its plan, verdicts apart; a line each.
  public let complaints: [String]
}
