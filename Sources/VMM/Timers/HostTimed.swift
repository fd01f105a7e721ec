internal import KVM
internal import LinuxHost
internal import TimerModels

/// A timer that a host timer wakes, whatever else it is.
protocol HostTimed: AnyObject, Sendable {
  /// The host timer's descriptor; -1 under a virtual clock.
  var descriptorNumber: Int32 { get }
  /// When the timer wants to be woken; nil when it need not.
  var alarm: Instant? { get }

  /// Looks whether something has become due.
  func wakeUp() throws(KVMError)
  /// How often an alarm had to wait because the guest caused too many before.
  var deferrals: UInt64 { get }
  /// What was stamped so far.
  var stamps: HostStamps { get }
  /// The host timer's descriptor was readable.
  ///
  /// - Parameter woken: The TSC when the thread that serves it woke, 0 if nobody looked.
  /// - Throws: ``KVMError`` where a line cannot be driven.
  func hostTimerExpired(woken: UInt64) throws(KVMError)
  /// The thread of the timer's vCPU waits for the alarm itself until ``endWait()``.
  ///
  /// - Returns: The alarm.
  func beginWait() -> Instant?
  /// The thread of the timer's vCPU waits no longer, and looks whether something has become due.
  func endWait() throws(KVMError)

  /// Carries what a checkpoint holds; after it was brought back, the next operation sets the host timer
  /// and drives the lines.
  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure)
}
