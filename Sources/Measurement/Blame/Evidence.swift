/// What an ordinary user can see of the host while one interrupt was on its way.
///
/// Counts of the kernel have no instants: they are what changed between two looks, one before the deadline and
/// one after the handler. So a wait earlier in the same period counts, too. Times of the witness and of exits
/// are cut to the span from the deadline to the handler.
public struct Evidence: Hashable, Sendable {
  /// How long the threads that serve the deadline were ready and had no processor, in nanoseconds.
  public var runQueueWait: UInt64 = 0
  /// How often the vCPU's thread lost its processor while it would have run on.
  public var preemptions: UInt64 = 0
  /// How often the vCPU's thread was blocked beyond its own sleeps.
  public var blocks: UInt64 = 0
  /// Pages that were read from a disk for the vCPU's thread.
  public var majorFaults: UInt64 = 0
  /// Pages that were mapped for it without.
  public var minorFaults: UInt64 = 0
  /// What ticks of the host's took of the way, in nanoseconds: as seen in the wait; behind it, what one usually takes.
  public var tick: UInt64 = 0
  /// By how many nanoseconds the wait ended late, because the thread that looked at the clock stood still for another
  /// reason.
  public var interruption: UInt64 = 0
  /// The longest time for which it handled one exit within the span, in nanoseconds.
  public var longestExit: UInt64 = 0
  /// How often an alarm was put off.
  public var deferrals: UInt64 = 0
  /// How often a wait got less than its margin from the budget for spinning.
  public var shortBudgets: UInt64 = 0
  /// Nanoseconds of the span in which the witness was stopped.
  public var stopped: UInt64 = 0
  /// Nanoseconds of the span in which the witness stood still, and steal time was counted.
  public var stolen: UInt64 = 0
  /// Nanoseconds of the span in which it stood still for no reason that the kernel knows.
  public var stalled: UInt64 = 0

  /// Nothing was seen.
  public init() {}

  /// What mapping one page takes at most, in nanoseconds: on a machine without second-level translation, with
  /// another thread holding the lock of the address space.
  static let minorFaultMax: UInt64 = 25_000

  /// The cause of a late interrupt.
  ///
  /// *A time explains a latency of which it is at least half.* So no two causes that follow one another in time
  /// both explain it, but at a tie; of two that overlap, as when a thread waits for a processor that is stolen,
  /// the one nearer to the hardware made the other, and precedes it.
  ///
  /// *The order, and why:*
  /// 1. A stop of the process: whatever else is counted then is its effect.
  /// 2. An alarm that this program put off: its own deed, of which it knows for certain.
  /// 3. Steal, then a stall: below the kernel, whose counts of waiting may include them.
  /// 4. A major fault: a disk takes longer than all that follows.
  /// 5. A wait for a processor: preempted where the thread was taken off it, else the run queue.
  /// 6. The host's tick, then another interruption: what a thread sees of itself, if its scheduler saw nothing. Not both
  ///    add up: of a tick and an interruption the longer one is half, or neither.
  /// 7. An exit that was handled meanwhile.
  /// 8. Blocked: counted without a time, so only after those that have one.
  /// 9. Minor faults, where so many could take that long (`minorFaultMax`).
  /// 10. The late wake-up itself, if the way to it is at least half: for want of budget, else as it is.
  /// 11. Unknown.
  ///
  /// - Parameters:
  ///   - record: The interrupt's chain.
  ///   - latency: From the planned deadline to the handler, in nanoseconds; 0 or less is unknown.
  /// - Returns: The first in that order.
  public func cause(of record: InterruptRecord, latency: Int64) -> Cause {
    guard latency > 0 else { return .unknown }
    let half = (UInt64(latency) + 1) / 2
    let wakeUp = record.pieces.first { $0.stage <= .threadRunning }.map { UInt64($0.duration) } ?? 0
    if stopped >= half { return .stopped }
    if deferrals > 0 { return .deferred }
    if stolen >= half { return .steal }
    if stalled >= half { return .stall }
    if majorFaults > 0 { return .majorFault }
    if runQueueWait >= half { return preemptions > 0 ? .preempted : .runQueue }
    if tick >= half { return .hostTick }
    if interruption >= half { return .interrupted }
    if longestExit >= half { return .exit }
    if blocks > 0 { return .blocked }
    if minorFaults >= (half + Self.minorFaultMax - 1) / Self.minorFaultMax { return .minorFault }
    if wakeUp >= half { return shortBudgets > 0 ? .budget : .wakeUp }
    return .unknown
  }
}
