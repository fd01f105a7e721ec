internal import Exploration
internal import TimerModels

// Everything that can be read, and tried that is to be refused: on copies, so that the world stays as it is.

extension TSCWorld {
  func look() -> Property? {
    for vcpu in 0..<ideal.count where !counts(vcpu) { return .rate }
    if let fault = lookAtFrequencies() ?? lookAtNewVCPUs() ?? lookAtOperations() { return fault }
    // A host that finds its TSC stable: once it was not, it is never trusted again.
    var other = tracker
    other.changeHostClock(isStable: true, isClockSource: ideal.isClockSource)
    if other.state.host.isStable != ideal.isStable { return .refusal }
    return ideal.isClockSource && other != tracker ? .needlessUpdate : nil
  }

  /// Whether a vCPU's TSC is what it is to be, and counts as fast as it is to (TSC-1).
  private func counts(_ vcpu: Int) -> Bool {
    let (rate, state) = (ideal.rate(of: vcpu), tracker.state.vcpus[vcpu])
    guard ideal.rate == 1, state.pendingAdjustment == 0 else { return true }
    for passed: UInt64 in [0, 1, 1_000_000_000] {
      var later = now
      later.instant = later.instant.adding(nanoseconds: passed)
      later.tsc += passed
      let right = rate * Int64(nanoseconds + passed) + ideal.vcpus[vcpu].offset
      if tracker.guestTSC(at: later, vcpu: vcpu) != UInt64(bitPattern: right) { return false }
    }
    return true
  }

  /// TSC-12, and what a host has no way to do.
  private func lookAtFrequencies() -> Property? {
    let canScale = tracker.state.host.scaling != nil
    // A quarter of a thousandth is tolerated; beyond it a host that cannot scale refuses what is slower.
    for (kilohertz, isRefused): (UInt32, Bool) in [
      (999_750, false), (1_000_250, false), (999_749, !canScale), (1_000_251, false),
      (.max, canScale), (1, !canScale),
    ] {
      var other = tracker
      do throws(TSCMatchingError) {
        _ = try other.setFrequency(at: now, vcpu: 0, kilohertz: kilohertz)
        if isRefused { return .refusal }
      } catch {
        if !isRefused || other.state.vcpus[0].ratio != tracker.state.vcpus[0].ratio {
          return .refusal
        }
        continue
      }
      if other.state.vcpus[0].frequency.kilohertz != kilohertz { return .rate }
      let isTolerated = (999_750...1_000_250).contains(kilohertz)
      let before = other.guestTSC(at: now, vcpu: 0)
      var later = now
      later.instant = later.instant.adding(nanoseconds: 1_000_000_000)
      later.tsc += 1_000_000_000
      _ = other.exitGuest(at: later, vcpu: 0)
      let passed = other.guestTSC(at: later, vcpu: 0) &- before
      let right = isTolerated || !canScale ? 1_000_000_000 : UInt64(kilohertz) * 1000
      // A ratio is rounded down.
      if !(right - 1...right).contains(passed) { return .rate }
      // Where the hardware cannot scale, entries move the TSC forward: never to more than is due.
      if !isTolerated && !canScale && !other.state.vcpus[0].owesClock { return .rate }
    }
    return nil
  }

  /// A vCPU that is created has the frequency that was set for new ones, and there is room for 16.
  private func lookAtNewVCPUs() -> Property? {
    var other = tracker
    let canScale = tracker.state.host.scaling != nil
    do throws(TSCMatchingError) {
      try other.setDefaultFrequency(kilohertz: canScale ? .max : 999_749)
      return .refusal
    } catch {}
    do throws(TSCMatchingError) {
      if canScale { try other.setDefaultFrequency(kilohertz: 2_000_000) }
      while other.state.vcpus.count < 16 { _ = try other.perform(at: now, .createVCPU) }
    } catch { return .refusal }
    var later = now
    later.tsc += TSCIdeal.hostSecond
    let passed = other.guestTSC(at: later, vcpu: 15) &- other.guestTSC(at: now, vcpu: 15)
    if passed != (canScale ? 2 : 1) * TSCIdeal.hostSecond { return .rate }
    do throws(TSCMatchingError) {
      _ = try other.perform(at: now, .createVCPU)
      return .refusal
    } catch {}
    do throws(TSCMatchingError) {
      try other.setDefaultFrequency(kilohertz: 0)
    } catch { return .refusal }
    return other.state.defaultFrequency.kilohertz == TSCIdeal.hostKilohertz ? nil : .rate
  }

  /// An operation by its name is the operation, and none is of a vCPU that there is not.
  private func lookAtOperations() -> Property? {
    let value = UInt64(nanoseconds)
    let operations: [(TSCOperation, (inout Tracker) -> TSCDecision)] = [
      (.hostWriteTSC(vcpu: 1, value), { $0.hostWriteTSC(at: now, vcpu: 1, value) }),
      (.hostWriteOffset(vcpu: 1, 7), { $0.hostWriteOffset(at: now, vcpu: 1, 7) }),
      (.hostWriteAdjust(vcpu: 1, 7), { $0.hostWriteAdjust(at: now, vcpu: 1, 7) }),
      (.guestWriteTSC(vcpu: 1, 7), { $0.guestWriteTSC(at: now, vcpu: 1, 7) }),
      (.guestWriteAdjust(vcpu: 1, 7), { $0.guestWriteAdjust(at: now, vcpu: 1, 7) }),
      (.enterGuest(vcpu: 1), { $0.enterGuest(at: now, vcpu: 1) }),
      (.exitGuest(vcpu: 1), { $0.exitGuest(at: now, vcpu: 1) }),
    ]
    for (operation, carryOut) in operations {
      var (named, direct) = (tracker, tracker)
      let right = carryOut(&direct)
      guard let decision = try? named.perform(at: now, operation) else { return .refusal }
      if decision != right || named != direct { return .record }
      // What the host does to a vCPU takes it up: what a suspension took is given back.
      if !isOfGuest(operation), named.state.vcpus[1].pendingAdjustment != 0 { return .clockJump }
      let before = tracker.state.vcpus[1]
      guard ideal.isStable, before.pendingAdjustment == 0 else { continue }
      if decision.previousOffset != before.offset { return .record }
    }
    for vcpu in [-1, ideal.count] {
      var other = tracker
      guard (try? other.perform(at: now, .enterGuest(vcpu: vcpu))) == nil else { return .refusal }
    }
    var other = tracker
    let frequency = TSCOperation.setFrequency(vcpu: 1, kilohertz: 0)
    guard (try? other.perform(at: now, frequency)) != nil else { return .refusal }
    return other.state.vcpus[1].pendingAdjustment == 0 ? nil : .clockJump
  }

  /// Whether the guest does it, and so runs.
  private func isOfGuest(_ operation: TSCOperation) -> Bool {
    switch operation {
    case .guestWriteTSC, .guestWriteAdjust, .exitGuest: true
    default: false
    }
  }
}

extension TSCIdeal {
  /// The cycles of the host in a second.
  static var hostSecond: UInt64 { UInt64(second) }
}
