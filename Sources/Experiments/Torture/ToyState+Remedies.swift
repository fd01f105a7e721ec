internal import KVM

extension ToyState {
  /// Takes back what a restore would make of a timer that counts once: the local APIC's one-shot that was
  /// delivered, and channel 0 of the PIT, of which what is left of its count is told by when it was loaded.
  ///
  /// Assumes: what had expired is in IRR (``KVM/VirtualCPU/settle()``).
  ///
  /// - Parameter now: The host's monotonic clock when the parts were read, in nanoseconds.
  mutating func stopWhatIsSpent(at now: UInt64) {
    changeLocalAPIC { $0.stopSpentTimer() }
    if let bytes = parts[.pit], var timer = try? KernelTimerState(bytes) {
      timer.letLastCountPass(until: now)
      parts[.pit] = timer.bytes
    }
  }
}
