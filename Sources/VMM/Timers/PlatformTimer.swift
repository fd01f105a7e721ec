internal import KVM
internal import TimerModels

/// A timer of the platform, whatever rules it follows: the right ones, or a historic bug's.
protocol PlatformTimer: AnyObject, Sendable {
  /// The host timer's descriptor, readable from the alarm on; -1 under a virtual clock.
  var descriptorNumber: Int32 { get }
  /// When the timer wants to be woken; nil when it need not.
  var alarm: Instant? { get }
  /// The levels of its lines.
  var lineLevels: UInt32 { get }
  /// The lines that are high, or will be if nothing writes a register.
  var possibleLevels: UInt32 { get }
  /// How often an alarm had to wait because the host timer expired too often before.
  var deferrals: UInt64 { get }
  /// What was stamped so far.
  var stamps: HostStamps { get }
  /// What happened to it; empty unless recorded.
  var trace: TraceRing { get }
  /// Has ``trace`` begin at the state that was brought back, and forget how that was done.
  func beginTrace()

  // MARK: The guest's accesses

  func read(offset: Int, size: Int) throws(KVMError) -> UInt64
  func write(_ value: UInt64, offset: Int, size: Int) throws(KVMError)

  // MARK: Time

  /// Re-evaluates the timer now; spurious calls are harmless.
  func wakeUp() throws(KVMError)
  /// The host timer's descriptor was readable.
  ///
  /// - Parameter woken: The TSC when the thread that serves it woke, 0 if nothing looked.
  /// - Throws: ``KVMError`` where a line cannot be driven.
  func hostTimerExpired(woken: UInt64) throws(KVMError)
  /// The thread of the timer's vCPU waits for the alarm itself until ``endWait(for:)``.
  ///
  /// - Returns: The alarm; only that thread, or the host timer's expiry, changes it meanwhile.
  func beginWait() -> Instant?
  /// The thread of the timer's vCPU waits no longer, and looks whether something has become due.
  ///
  /// - Parameter arrival: What the thread waited for; nil where there was no alarm.
  /// - Throws: ``KVMError`` where a line cannot be driven.
  func endWait(for arrival: Arrival?) throws(KVMError)
  /// The latest instant that the timer was told before the clock showed it (``TimerTimeRules``).
  var reached: Instant { get }

  // MARK: Checkpoints

  /// Carries what a checkpoint holds; after it was brought back, the next operation sets the host timer
  /// and drives the lines.
  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure)
  /// The lines are low at their far end, which was made low or is new: says their levels again, with no
  /// time passing for the timer. Rises that the far end keeps were brought back with it.
  func resample() throws(KVMError)

  // MARK: Debugging

  /// What it holds, in a line for a person; nothing changes by it.
  func text(at now: Instant) -> String
  /// Keeps the whole state, lines included.
  ///
  /// - Returns: What brings it back.
  func keep() -> KeptState
}
