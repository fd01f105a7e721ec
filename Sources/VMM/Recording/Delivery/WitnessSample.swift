/// What a vCPU's thread saw of the host's scheduler at one moment; counts are since the thread began.
public struct WitnessSample: Hashable, Sendable {
  /// When: the host's TSC.
  public let cycles: UInt64
  /// How long this thread and the one that serves its timers waited for a processor, in nanoseconds.
  public let runQueueWait: UInt64
  /// Pages that were mapped.
  public let minorFaults: UInt64
  /// Pages that were read from a disk.
  public let majorFaults: UInt64
  /// Times that another thread took the processor.
  public let preemptions: UInt64
  /// Times that the thread was blocked, less those that it slept for its timers.
  public let blocks: UInt64
  /// Waits that got less than their margin from the budget for spinning.
  public let shortBudgets: UInt64
  /// Alarms that were put off.
  public let deferrals: UInt64
  /// Of the exits since the sample before, the one whose handling took longest: from when, in the host's TSC.
  public let longestExitStart: UInt64
  /// Until when.
  public let longestExitEnd: UInt64
  /// What interrupted the thread while it looked at the clock, and whether a tick of the host's came after that.
  public var gaps = WaitGaps()
}
