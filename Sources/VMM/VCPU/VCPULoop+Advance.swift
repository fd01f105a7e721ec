internal import KVM
internal import LinuxHost
internal import TimerModels

// Entering the guest before its deadline (``AdvanceRules``).

extension VCPULoop {
  /// Waits for the next alarm of the vCPU's own timers, or for a kick.
  ///
  /// The wait ends by the advance before the alarm, which the timers are then told (``TimerTimeRules``).
  ///
  /// A timer that interrupts nothing may end a wait for nothing. It does so once: its next alarm is a
  /// wrap away, or set by the guest.
  ///
  /// - Parameter limit: When the wait ends at the latest; nil for a guest that has nothing else to do.
  /// - Throws: ``KVMError`` where a line cannot be driven.
  func waitForTimers(until limit: Instant? = nil) throws(KVMError) {
    let arrival = own.beginWait().map(advance.arrival(for:))
    let isLate = wait(until: .earlier(arrival?.earliest, limit))
    stamps.note(isLate ? .hostWake : .threadRunning)
    if let arrival { entries?.note(arrival.deadline, at: machine.clock.now()) }
    try own.endWait(for: arrival)
  }

  /// Has KVM load the vCPU, shortly before its guest is entered: the way there is a microsecond shorter
  /// then.
  ///
  /// The last exit is completed by that (``complete()``), and nothing else happens.
  func warmUp() {
    do { while try complete() {} } catch { machine.stop(.failed(.kvm(error))) }
  }

  /// What the records that the guest handed over say of its entries.
  func learn(from records: ArraySlice<UInt8>) { entries?.judge(records, &advance) }

  /// The advance as it was used.
  var advanceUse: AdvanceUse {
    var use = AdvanceUse()
    use.nanoseconds = longestAdvance
    use.leastEntry = advance.state.least
    use.earlyEntries = advance.state.earlyEntries
    return use
  }

  /// The log of a vCPU whose guest stamps its interrupts; nil where KVM does not say how its TSC runs.
  static func entryLog(of vcpu: borrowing VirtualCPU) -> EntryLog? {
    guard let kilohertz = try? vcpu.tscFrequency() else { return nil }
    // Kernels that lack the attribute do not say; theirs is 0 unless the TSC was written.
    let offset = vcpu.hasTSCOffset ? (try? vcpu.tscOffset()) ?? 0 : 0
    return EntryLog(kilohertz: kilohertz, guestOffset: offset)
  }
}
