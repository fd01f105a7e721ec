/// The operations of a Count/Compare timer, each with its right behaviour.
///
/// The requirements, beside `state` and ``init(state:)``, are those operations that a historic
/// bug replaces; each has an implementation, and these call each other as requirements. So
/// ``CountCompareTimer`` adds nothing to them, and a variant that shows a historic bug is a type
/// that replaces the one faulty operation. Drivers use `perform(at:guest:)`,
/// `perform(at:host:)` and ``TimerModel/wakeUp(at:)``.
///
/// What they promise together (CC-21): Count is monotone modulo 2^32 over everything that does
/// not write it, continuous where it stops, starts or changes its frequency, and each time that
/// it counts up to Compare sets Cause.TI exactly once. Writing a register never makes a match:
/// Count written equal to Compare, or Compare equal to Count, matches one wrap later.
public protocol CountCompareRules: CountCompareInterface, Saveable
where State == CountCompareState {
  /// Creates a timer that continues from `state`.
  init(state: CountCompareState)

  /// Whether Count advances: neither COUNT_CTL.DC nor Cause.DC is set (CC-1).
  var isCounting: Bool { get }

  /// What Count is at `now` if it is running; touches nothing.
  func runningCount(at now: Instant) -> UInt32

  /// Whether a match at or before `now` has not been delivered, `count` being Count at `now`.
  func isMatchDue(at now: Instant, count: UInt32) -> Bool

  /// Arms the host timer for the first match after `count`, which is Count at `now`.
  mutating func resume(at now: Instant, count: UInt32)

  /// Reads Count, running or not (CC-1).
  mutating func readCount(at now: Instant) -> UInt32

  /// Reads hardware register 2, CC.
  mutating func readCycleCounter(at now: Instant) -> UInt32

  /// The guest writes Count (CC-4).
  mutating func guestWriteCount(at now: Instant, _ count: UInt32)

  /// The guest writes Compare, which acknowledges the interrupt (CC-6).
  mutating func guestWriteCompare(at now: Instant, _ compare: UInt32)

  /// The host writes Compare, which acknowledges nothing (CC-6).
  mutating func hostWriteCompare(at now: Instant, _ compare: UInt32)
}

extension CountCompareRules {
  /// Creates a timer whose Count starts from 0 at `now` (CC-5).
  ///
  /// Compare is 0 too, so the first match is one wrap away.
  public init(at now: Instant, frequency: CountFrequency = .default) {
    self.init(state: CountCompareState(frequency: frequency))
    setCount(at: now, 0)
  }

  /// Another timer of this type.
  public func restarted(at now: Instant, frequency: CountFrequency) -> Self {
    Self(at: now, frequency: frequency)
  }

  /// Cause.TI.
  public var interruptLine: Bool { state.cause.contains(.timerInterrupt) }

  /// When the host timer is armed, its expiry; nil also when that is past the last ``Instant``.
  public var alarm: Instant? {
    guard state.isArmed, let nanoseconds = UInt64(exactly: state.expires) else { return nil }
    return Instant(nanoseconds: nanoseconds)
  }

  /// The host timer went off (CC-17), or something else woke the driver.
  ///
  /// KVM's `kvm_mips_count_timeout` sets Cause.TI without looking. Here Count decides: an expiry
  /// that was rounded down is up to 1 ns early, and the host may be early, too.
  public mutating func wakeUp(at now: Instant) {
    guard state.isArmed else { return }
    let count = readRunningCount(at: now)
    // Early: nothing has been delivered, and the expiry is the same as before.
    if state.expires <= now.nanoseconds { resume(at: now, count: count) }
  }

  /// Sets Cause.TI, and Cause.IP7 with it.
  ///
  /// Setting it twice is setting it once (CC-18).
  public mutating func raiseTimerInterrupt() {
    state.cause.formUnion([.timerInterrupt, .pending7])
  }

  /// Clears Cause.TI, and Cause.IP7 with it.
  public mutating func acknowledgeTimerInterrupt() {
    state.cause.subtract([.timerInterrupt, .pending7])
  }
}
