public import Measurement

/// The interrupts of one vCPU of a run.
public struct VCPUInterrupts: Sendable {
  /// Every one, with its verdict.
  public let interrupts: JudgedInterrupts
  /// The cause of each that was late, in the same order; empty where nothing was looked at.
  public let causes: [Cause?]
}
