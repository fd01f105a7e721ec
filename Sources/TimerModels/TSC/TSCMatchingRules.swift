/// What KVM does with its guests' TSCs, each operation with its right behaviour.
///
/// A VM's TSCs are *matched* when all vCPUs' last synchronised with the same generation; then, and
/// if the host keeps time by its TSC, kvmclock can be one master clock for all of them. A write
/// that agrees with the last one joins the generation; any other write starts the next one.
///
/// The requirements, beside ``state`` and ``init(state:)``, are those operations that a historic
/// bug replaces; each has an implementation, and these call each other as requirements. So
/// ``TSCMatchingTracker`` adds nothing to them, and a variant that shows a historic bug is a type
/// that replaces the one faulty operation. Drivers use ``perform(at:_:)``, which checks what it is
/// given; a vCPU's number elsewhere is one that there is, in the order of creation.
///
/// *Assumes:* KVM reads the two clocks at one moment. It reads them one after the other, under a
/// lock; what lies between is the error of a prediction.
public protocol TSCMatchingRules: Hashable, Sendable {
  /// All that KVM keeps.
  var state: TSCMatchingState { get set }

  /// Creates a tracker that continues from `state`.
  init(state: TSCMatchingState)

  /// Whether a value synchronises whatever the time.
  func alwaysSynchronizes(_ value: UInt64) -> Bool

  /// Whether a value is compared with what is expected at all.
  var comparesWithExpected: Bool { get }

  /// The cycles that a matched write is given on top where offsets cannot be shared.
  func compensation(at now: TSCHostTime, vcpu: Int) -> UInt64

  /// What is remembered as written, which later values are compared with.
  func recordedValue(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64, offset: UInt64, isMatched: Bool
  ) -> UInt64

  /// Remembers a write for the comparison with later ones.
  mutating func remember(
    at now: TSCHostTime, vcpu: Int, _ value: UInt64, offset: UInt64, isMatched: Bool)

  /// The generation after the current one.
  var nextGeneration: UInt64 { get }

  /// Counts a vCPU that matched.
  mutating func count(vcpu: Int)

  /// Whether kvmclock can be one master clock.
  var canUseMasterClock: Bool { get }

  /// Whether a write asks for the master clock to be computed anew.
  func requestsUpdate(isNewGeneration: Bool) -> Bool
}

extension TSCMatchingRules {
  /// Creates the tracker of a VM without vCPUs.
  public init(host: TSCHost, rules: TSCRuleSet = .linux6_7) {
    self.init(state: TSCMatchingState(host: host, rules: rules))
  }

  /// What a vCPU's RDTSC gives: the host's TSC, scaled, plus the offset.
  public func guestTSC(at now: TSCHostTime, vcpu: Int) -> UInt64 {
    scaledHostTSC(at: now, vcpu: vcpu) &+ state.vcpus[vcpu].offset
  }

  /// The offset with which a vCPU's RDTSC gives `value` now.
  public func offset(at now: TSCHostTime, vcpu: Int, giving value: UInt64) -> UInt64 {
    value &- scaledHostTSC(at: now, vcpu: vcpu)
  }

  /// The host's TSC as the vCPU's counts, without the offset.
  func scaledHostTSC(at now: TSCHostTime, vcpu: Int) -> UInt64 {
    state.host.scale(now.tsc, by: state.vcpus[vcpu].ratio)
  }

  /// The time since the last write, modulo 2^64 nanoseconds.
  public func elapsed(at now: TSCHostTime) -> UInt64 {
    now.instant.nanoseconds &- state.lastInstant.nanoseconds
  }

  /// Whether all vCPUs are in the matched set, which leaves out the one that started it.
  public var areAllMatched: Bool { state.matchedCount &+ 1 == state.vcpus.count }

  /// The decision on an operation that has been carried out.
  func decision(
    at now: TSCHostTime, vcpu: Int, _ reason: TSCReason, from previousOffset: UInt64,
    requestsUpdate: Bool = false
  ) -> TSCDecision {
    TSCDecision(
      vcpu: vcpu, reason: reason, previousOffset: previousOffset,
      offset: state.vcpus[vcpu].offset, guestTSC: guestTSC(at: now, vcpu: vcpu),
      generation: state.generation, matchedCount: state.matchedCount,
      vcpuCount: state.vcpus.count, canUseMasterClock: canUseMasterClock,
      usesMasterClock: state.usesMasterClock, requestsUpdate: requestsUpdate)
  }
}
