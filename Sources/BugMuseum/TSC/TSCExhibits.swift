public import TimerModels

/// The exhibits about TSC matching, by id.
public enum TSCExhibits {
  /// Each exhibit's id and its tracker.
  public static let all: [(id: String, tracker: any TSCMatchingRules.Type)] = [
    ("tsc-matched-overcount", MatchedOvercount.self),
    ("tsc-generation-u8-wrap", ByteGeneration.self),
    ("tsc-first-user-write-slop", FirstUserWriteSlop.self),
    ("tsc-sync-window-cliff", SyncWindowCliff.self),
    ("tsc-masterclock-unmatched", MasterClockUnmatched.self),
    ("tsc-write-stale-masterclock", StaleMasterClock.self),
    ("tsc-hotplug-zero-not-synced", HotPlugNotSynchronized.self),
    ("tsc-usdiff-elapsed-in-place", ElapsedInPlace.self),
    ("tsc-raw-value-recorded", RawValueRecorded.self),
  ]
}
