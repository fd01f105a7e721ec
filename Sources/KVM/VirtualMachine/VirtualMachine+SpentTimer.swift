internal import LinuxHost

/// An i8254 that counts once: KVM reports its count and mode, and not whether it has ended.
///
/// *Why the loading time of channel 0 is of no use:* `count_load_time` is kept for the other two; of channel 0 it
/// is what was last set, or 0.
extension VirtualMachine {
  /// Waits until the i8254 has interrupted for the last time, if it does so once: 65 ms at most.
  ///
  /// What time passes here passes for the guest, too.
  ///
  /// *Assumes:* no vCPU runs.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func waitForLastCount() throws(KVMError) {
    Self.wait(for: try KernelTimerState(timerState()))
  }

  /// Sets an i8254 that had counted once before it was saved, in the mode and with the count that the guest set.
  ///
  /// It counts once more, to its end, before this returns: KVM offers no other way to have it stopped in that mode,
  /// and in another one a count that the guest is about to load would not count.
  ///
  /// *Order:* before the interrupt controllers and the local APICs, which take its interrupt back when they are
  /// written; and before all clocks, which are not to notice how long it takes.
  ///
  /// - Parameter timer: One that ``waitForLastCount()`` has waited for; one that counts again and again is left alone.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func restoreSpent(_ timer: KernelTimerState) throws(KVMError) {
    guard timer.longestLastCount != nil else { return }
    try setTimerState(timer.bytes)
    Self.wait(for: timer)
  }

  /// *Assumes:* 10 ms after its time, by the host's clock, the interrupt is there: KVM has it raised by a thread.
  private static func wait(for timer: KernelTimerState) {
    guard let rest = timer.longestLastCount else { return }
    let end = MonotonicClock.now() + rest + 10_000_000
    while MonotonicClock.now() < end { Poller.pause(until: end) }
  }
}
