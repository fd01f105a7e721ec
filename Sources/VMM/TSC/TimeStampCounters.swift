internal import KVM
internal import LinuxHost
internal import Synchronization
public import TimerModels

/// A write of a TSC: what was foretold of it, and what KVM did.
public struct TSCReport: Hashable, Sendable {
  /// Who wrote.
  public enum Origin: String, Hashable, Sendable {
    /// KVM itself, which writes 0 when it creates a vCPU.
    case creation
    /// This program, from a checkpoint.
    case restoring = "restore"
    /// This program, as the user asked.
    case sequence
    /// The guest, by WRMSR.
    case guest
    /// This program, at the guest's request.
    case host
  }

  /// What KVM did.
  public enum Verdict: Hashable, Sendable {
    /// What was foretold: the offset is the one, or lies where KVM's own reading of the clock puts it.
    case asForetold
    /// Nothing: the offset is as before.
    case ignored
    /// Something else: this offset, modulo 2^64.
    case otherwise(offset: UInt64)
    /// It cannot be seen here: KVM shows no offset, or changes it whenever it likes.
    case unseen
  }

  /// Who wrote.
  public let origin: Origin
  /// What was foretold, and why.
  public let decision: TSCDecision
  /// What KVM did.
  public let verdict: Verdict
}

/// All TSC writes of a run, and what came of them.
public struct TSCAccount: Hashable, Sendable {
  /// The writes, in order.
  public let reports: [TSCReport]
  /// Whether all vCPUs match, and the host's clock allows a master clock, as foretold.
  public let canUseMasterClock: Bool
  /// Whether kvmclock is one master clock (`KVM_CLOCK_TSC_STABLE`); nil where KVM does not say.
  public let isClockStable: Bool?
}

/// The TSCs of a machine's vCPUs: every write is explained before it is made, and looked at after.
///
/// KVM reads the host's clocks somewhere inside a write. So each is foretold twice, for the clocks just
/// before and just after it: KVM's offset must lie between the two, and the tracker continues from it.
final class TimeStampCounters: Sendable {
  private struct State: Sendable {
    var tracker: TSCMatchingTracker
    var reports: [TSCReport] = []

    mutating func report(_ report: TSCReport) {
      if reports.count < TimeStampCounters.reportsMax { reports.append(report) }
    }

    /// Foretells a write that was made between two moments, and looks what became of it.
    ///
    /// The later reading of the clock gives the smaller offset; where none enters, both are equal.
    mutating func note(
      _ operation: TSCOperation, _ origin: TSCReport.Origin, previous: UInt64,
      _ before: TSCHostTime, _ after: TSCHostTime, _ vcpu: borrowing VirtualCPU
    ) throws(KVMError) {
      var late = tracker
      let first = tracker.decide(at: before, operation)
      let last = late.decide(at: after, operation)
      var verdict = TSCReport.Verdict.unseen
      if tracker.state.host.isStable && vcpu.hasTSCOffset {
        let offset = try vcpu.tscOffset()
        if offset &- last.offset <= first.offset &- last.offset {
          verdict = .asForetold
          tracker.adopt(offset, first)
        } else {
          verdict = offset == previous ? .ignored : .otherwise(offset: offset)
        }
      }
      report(TSCReport(origin: origin, decision: first, verdict: verdict))
    }
  }

  private let state: Mutex<State>

  /// More than a guest that means well makes; later ones are made and not reported.
  private static var reportsMax: Int { 10_000 }

  /// Begins before the first vCPU.
  ///
  /// - Parameters:
  ///   - host: The host's TSC.
  ///   - rules: By which rules its KVM matches writes.
  init(_ host: TSCHost, rules: TSCRuleSet) {
    state = Mutex(State(tracker: TSCMatchingTracker(host: host, rules: rules)))
  }

  /// All writes so far, and what the VM's clock says.
  func account(of machine: borrowing VirtualMachine) -> TSCAccount {
    let isClockStable = (try? machine.clock())?.isStable
    return state.withLock {
      TSCAccount(
        reports: $0.reports, canUseMasterClock: $0.tracker.canUseMasterClock,
        isClockStable: isClockStable)
    }
  }

  /// IA32_TSC.
  static let counter: UInt32 = 0x10
  /// IA32_TSC_ADJUST.
  static let adjustment: UInt32 = 0x3b

  /// Watches the creation of a vCPU, in which KVM writes its TSC.
  func create(
    _ body: () throws(KVMError) -> VirtualCPU
  ) throws(KVMError) -> VirtualCPU {
    let before = Self.now()
    let vcpu = try body()
    let after = Self.now(isLate: true)
    try state.withLock { (state: inout sending State) throws(KVMError) in
      try state.note(.createVCPU, .creation, previous: 0, before, after, vcpu)
    }
    return vcpu
  }

  /// Writes a vCPU's offset or its counter.
  ///
  /// One at a time: what a write does depends on the one before.
  ///
  /// - Parameters:
  ///   - operation: The write.
  ///   - origin: Who wrote.
  ///   - vcpu: The vCPU.
  ///   - body: Makes it.
  /// - Throws: ``KVMError`` naming the request.
  func write(
    _ operation: TSCOperation, by origin: TSCReport.Origin, to vcpu: borrowing VirtualCPU,
    _ body: (borrowing VirtualCPU) throws(KVMError) -> Void
  ) throws(KVMError) {
    try state.withLock { (state: inout sending State) throws(KVMError) in
      let previous = vcpu.hasTSCOffset ? try vcpu.tscOffset() : 0
      let before = Self.now()
      try body(vcpu)
      try state.note(operation, origin, previous: previous, before, Self.now(isLate: true), vcpu)
    }
  }

  /// Carries out the guest's WRMSR of IA32_TSC or IA32_TSC_ADJUST, which moves its own TSC alone.
  ///
  /// By the offset, since KVM_SET_MSRS is a host's write and would be matched with others'. To KVM it
  /// is a host's write all the same, of an offset; so that is what the tracker continues from.
  ///
  /// - Parameters:
  ///   - register: ``counter`` or ``adjustment``.
  ///   - value: What the guest wrote.
  ///   - index: The vCPU's index.
  ///   - vcpu: The vCPU.
  /// - Throws: ``KVMError`` naming the request.
  func guestWrites(
    _ register: UInt32, _ value: UInt64, index: Int, _ vcpu: borrowing VirtualCPU
  ) throws(KVMError) {
    try state.withLock { (state: inout sending State) throws(KVMError) in
      let now = Self.now()
      var foretold = state.tracker
      let decision = foretold.decide(
        at: now,
        register == Self.counter
          ? .guestWriteTSC(vcpu: index, value) : .guestWriteAdjust(vcpu: index, value))
      let adjust = foretold.state.vcpus[index].adjust
      var verdict = TSCReport.Verdict.unseen
      if vcpu.hasTSCOffset {
        try vcpu.setTSCOffset(decision.offset)
        let offset = try vcpu.tscOffset()
        verdict = offset == decision.offset ? .asForetold : .ignored
      } else if register == Self.counter {
        _ = try vcpu.setModelSpecificRegister(register, to: value)
      }
      _ = try vcpu.setModelSpecificRegister(Self.adjustment, to: adjust)
      _ = state.tracker.decide(at: now, .hostWriteOffset(vcpu: index, decision.offset))
      _ = state.tracker.decide(at: now, .hostWriteAdjust(vcpu: index, adjust))
      state.report(TSCReport(origin: .guest, decision: decision, verdict: verdict))
    }
  }

  /// The clocks as KVM reads them; the order leaves what is between an early and a late reading inside.
  private static func now(isLate: Bool = false) -> TSCHostTime {
    let tsc = HostTSC.now()
    let instant = Instant(nanoseconds: MonotonicClock.nowRaw())
    return TSCHostTime(instant: instant, tsc: isLate ? HostTSC.now() : tsc)
  }
}

extension TSCMatchingTracker {
  /// Operations of a machine's own are on vCPUs that it has, at frequencies that its host has.
  fileprivate mutating func decide(
    at now: TSCHostTime, _ operation: TSCOperation
  ) -> TSCDecision {
    do { return try perform(at: now, operation) } catch {
      preconditionFailure("\(operation): \(error)")
    }
  }

  /// Continues from the offset that KVM computed by its own clock reading.
  fileprivate mutating func adopt(_ offset: UInt64, _ decision: TSCDecision) {
    state.vcpus[decision.vcpu].offset = offset
    guard let isMatched = decision.isMatched else { return }
    state.lastOffset = offset
    if !isMatched { state.generationOffset = offset }
  }
}
