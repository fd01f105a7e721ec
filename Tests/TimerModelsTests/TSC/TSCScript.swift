import TimerModels

/// A VM's TSC writes under test, with a clock that runs at the host's frequency.
struct TSCScript<Tracker: TSCMatchingRules> {
  var tracker: Tracker
  var now: TSCHostTime

  /// Starts the VM 1000 s after the host; its TSC has counted since.
  init(kilohertz: UInt32 = 2_500_000, rules: TSCRuleSet = .linux6_7, vcpus: Int = 0) throws {
    let host = TSCHost(frequency: try TSCFrequency(kilohertz: kilohertz))
    tracker = Tracker(host: host, rules: rules)
    now = TSCHostTime(instant: .origin, tsc: 0)
    pass(nanoseconds: 1_000_000_000_000)
    for _ in 0..<vcpus {
      pass(nanoseconds: 1_000_000)
      _ = tracker.createVCPU(at: now)
    }
  }

  /// Lets time pass, in which the host's TSC counts the cycles that KVM expects.
  mutating func pass(nanoseconds: UInt64) {
    now.instant = now.instant.adding(nanoseconds: nanoseconds)
    now.tsc &+= tracker.state.host.frequency.cycles(in: nanoseconds)
  }

  /// Lets time pass, then carries an operation out.
  mutating func perform(
    after nanoseconds: UInt64 = 0, _ operation: TSCOperation
  ) throws -> TSCDecision {
    pass(nanoseconds: nanoseconds)
    return try tracker.perform(at: now, operation)
  }
}
