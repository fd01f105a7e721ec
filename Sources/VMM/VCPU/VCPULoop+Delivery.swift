internal import GuestImages
internal import LinuxHost

/// What a run that is under way reports of its guest's interrupts (``DeliveryPlan/listener``).
extension VCPULoop {
  /// The clocks as the loop begins, for a listener.
  static func clocks(of machine: Machine) -> TSCCalibration.Reading? {
    machine.configuration.delivery?.listener.map { _ in .take(machine.clock) }
  }

  /// Gives a listener, if there is one, the records that were taken last.
  ///
  /// *Why by this thread:* the vCPU's timers and its TSC are read for it, and they are its own.
  func tellListener(ofLast count: Int) {
    guard let listener = machine.configuration.delivery?.listener, let clocksAtStart else { return }
    // The last one of the time before says when the first of these can have been set.
    let start = max(records.count - count - Int(PLATFORM_DEADLINE_SIZE), 0)
    let kept = VCPULoopRecords(
      records: Array(records[start...]), lostBytes: 0, stamps: HostStamps(capacity: 0), samples: [])
    let trace = machine.delivery(
      kept, of: vcpu, TSCCalibration(clocksAtStart, .take(machine.clock)))
    if let trace { listener(trace) }
  }
}
