public import Exploration
internal import TimerWorlds

/// Everything that there is to search: the right models, and the historic bugs.
public enum Museum {
  /// The right models, each with its worlds.
  public static let models: [NamedWorld] =
    CountCompareSetting.allCases.map(\.model) + GenericTimerSetting.allCases.map(\.model)
    + InterruptControllerSetting.allCases.map(\.model) + TSCSetting.allCases.map(\.model)
    + HostTimerSetting.allCases.map(\.model) + AdvanceSetting.allCases.map(\.model)
    + RateSetting.allCases.map(\.model)

  /// All exhibits.
  public static let exhibits: [Exhibit] = countCompare + genericTimer + interruptController + tsc

  /// The exhibits of the MIPS Count/Compare timer.
  private static let countCompare: [Exhibit] = [
    FreezeLostInterrupt.exhibit, FixedTick.exhibit, QuarterHostCount.exhibit,
    DisableCountIgnored.exhibit, CountWriteDropped.exhibit, StaleCycleCounter.exhibit,
    HostCompareWithoutRearm.exhibit, CompareAcknowledgeRace.exhibit,
    CauseWriteLosesInterrupt.exhibit, HostCompareAcknowledges.exhibit, LateCountRead.exhibit,
    CycleCounterDelta.exhibit, WriteWhileStopped.exhibit, TruncatedPeriod.exhibit,
    EqualityClamp.exhibit, CompareBeforeOffset.exhibit,
  ]

  /// The exhibits of the Arm generic timer and of the code around it.
  private static let genericTimer: [Exhibit] = [
    CheckpointMaskedTimer.exhibit, EdgeTimerStaleInterrupt.exhibit,
    LevelCachedBeforeController.exhibit, ActiveDroppedOnDeassert.exhibit,
    EarlyExpiryForgotten.exhibit, PhysicalTimerLostWhenBlocked.exhibit, LineNeverLowered.exhibit,
    LateHostInterrupt.exhibit, CounterWrittenBack.exhibit, TimerValueSign.exhibit,
    MaskInverted.exhibit, DisabledInterruptLivelock.exhibit,
  ]

  /// The exhibits of the interrupt controller.
  private static let interruptController: [Exhibit] = [
    ClearPendingClearsLevel.exhibit, EnableUsesStaleLine.exhibit, OnePendingBit.exhibit,
    SGIPendingWritable.exhibit, LevelMaskOverwritten.exhibit, UpdateReturnsEarly.exhibit,
    PrivateInterruptsReadAsEdge.exhibit, SGISourceForgotten.exhibit, EnableNotBanked.exhibit,
    EndOfDisabledIgnored.exhibit, PendingWhileActiveLost.exhibit, ClearPendingAtAllCPUs.exhibit,
    PendingComputedEarly.exhibit, SignalledThoughCleared.exhibit, TargetsIgnored.exhibit,
  ]

  /// The exhibits of the matching of TSCs.
  private static let tsc: [Exhibit] = [
    MatchedOvercount.exhibit, ByteGeneration.exhibit, FirstUserWriteSlop.exhibit,
    SyncWindowCliff.exhibit, MasterClockUnmatched.exhibit, StaleMasterClock.exhibit,
    HotPlugNotSynchronized.exhibit, ElapsedInPlace.exhibit, RawValueRecorded.exhibit,
  ]

  /// The exhibit with this id.
  public static func exhibit(_ id: String) -> Exhibit? { exhibits.first { $0.id == id } }

  /// The model with this name.
  public static func model(_ name: String) -> NamedWorld? { models.first { $0.name == name } }
}
