/// How often a run saves itself, and whether that takes conspicuously long.
///
/// A guest may set the mark that saves it in a loop, and each checkpoint writes its memory to a disk and
/// waits for that.
struct CheckpointPace {
  /// The least time from the end of one checkpoint to the beginning of the next, in nanoseconds.
  static let span: UInt64 = 100_000_000
  /// How long threads may take to park without a remark, in nanoseconds.
  static let patience: UInt64 = 1_000_000_000

  /// When the next checkpoint may be written, in nanoseconds of the host's clock.
  private(set) var next: UInt64 = 0
  private var pauseWantedSince: UInt64?
  private var isRemarked = false

  /// Whether a checkpoint may be written.
  func allows(at now: UInt64) -> Bool { now >= next }

  /// A checkpoint was written, or could not be.
  mutating func ended(at now: UInt64) { next = now &+ Self.span }

  /// Notes whether threads are still to park.
  ///
  /// - Returns: Whether that has taken so long that the user should know; once a pause.
  mutating func isOverdue(at now: UInt64, isPauseWanted: Bool) -> Bool {
    guard isPauseWanted else {
      (pauseWantedSince, isRemarked) = (nil, false)
      return false
    }
    let since = pauseWantedSince ?? now
    pauseWantedSince = since
    guard !isRemarked && now &- since >= Self.patience else { return false }
    isRemarked = true
    return true
  }

  /// When to look again whether a pause is overdue.
  var nextLook: UInt64 {
    guard let pauseWantedSince, !isRemarked else { return .max }
    return pauseWantedSince &+ Self.patience
  }
}
