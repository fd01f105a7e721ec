internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// What a run leaves behind.
public struct RunResult: Sendable {
  /// How it ended.
  public let outcome: Outcome
  /// Exits by kind, of all vCPUs; empty unless recorded.
  public let statistics: ExitStatistics
  /// Events of all vCPUs in the order of their times; empty unless recorded.
  public let trace: [TraceEvent]
  /// Events that a full ring had no room for.
  public let lostEvents: Int
  /// Accesses that no device answered.
  public let unclaimed: UnclaimedAccesses
  /// How many checkpoints were written.
  public let checkpoints: Int
  /// How many could not be written, while the run continued.
  public let failedCheckpoints: Int
  /// The TSC writes, if they were to be explained.
  public let tsc: TSCAccount?
  /// What vCPUs' waiting for their timers cost.
  public let waiting: WaitingCost
  /// How long before their deadlines vCPUs were entered.
  public let advance: AdvanceUse
  /// How often a timer's alarm had to wait because the guest caused too many before.
  public let deferredAlarms: UInt64
  /// How long the guest ran, in nanoseconds of the machine's clock.
  public let duration: UInt64
  /// When its time limit is, in nanoseconds of the host's `MonotonicClock`.
  public let hostDeadline: UInt64
  /// What was kept of each vCPU's interrupts; empty if nothing was to be.
  public let delivery: [DeliveryTrace]
  /// Whether what the guest printed ends within a line.
  public let isMidLine: Bool
  /// What is left of the guest, if it fell.
  public let postMortem: PostMortem?
}
