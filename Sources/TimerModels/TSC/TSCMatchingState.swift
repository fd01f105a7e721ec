/// What KVM keeps for one vCPU's TSC.
public struct TSCVCPU: Hashable, Sendable {
  /// How fast the guest is told that it counts; `virtual_tsc_khz` and its factors.
  public var frequency: TSCFrequency
  /// The factor between the host's TSC and the guest's, with the host's fraction bits.
  public var ratio: UInt64
  /// What is added to the scaled host TSC, modulo 2^64; `l1_tsc_offset`.
  public var offset: UInt64 = 0
  /// IA32_TSC_ADJUST.
  public var adjust: UInt64 = 0
  /// The guest's TSC when it was last written, or the guest last left; `last_guest_tsc`.
  public var lastGuestTSC: UInt64 = 0
  /// The generation that the vCPU synchronised with; `this_tsc_generation`.
  public var generation: UInt64 = 0
  /// The value that started that generation; `this_tsc_write`.
  public var write: UInt64 = 0
  /// When that was; `this_tsc_nsec`.
  public var instant = Instant.origin
  /// Entering the guest may move its TSC forward to where the time says; `tsc_catchup`.
  public var catchesUp = false
  /// It does so at every entry, because the guest counts faster; `tsc_always_catchup`.
  public var alwaysCatchesUp = false
  /// The next entry computes the master clock anew.
  public var owesMasterClock = false
  /// The next entry computes this vCPU's clock anew.
  public var owesClock = false
  /// What a suspended host's TSC lost, in its cycles, to be made up at the next load.
  public var pendingAdjustment: UInt64 = 0

  /// Creates a vCPU with all zero.
  public init(frequency: TSCFrequency, ratio: UInt64) {
    self.frequency = frequency
    self.ratio = ratio
  }
}

/// The vCPUs of a VM in the order of their creation, in place: 0 to 16.
public struct TSCVCPUs: Hashable, Sendable {
  /// How many there can be.
  public static let limit = 16

  /// How many there are; KVM's `online_vcpus`.
  public private(set) var count = 0
  private var elements: InlineArray<16, TSCVCPU>

  /// Creates an empty list, with `unused` in its unused places.
  init(unused: TSCVCPU) {
    elements = InlineArray(repeating: unused)
  }

  /// Appends a vCPU; there must be room.
  mutating func append(_ vcpu: TSCVCPU) {
    precondition(count < Self.limit, "too many vCPUs")
    elements[count] = vcpu
    count += 1
  }

  /// Leaves the first vCPUs, or appends some; for who is about to set them all.
  public mutating func resize(to count: Int, filling new: TSCVCPU) {
    precondition((0...Self.limit).contains(count), "too many vCPUs")
    for vcpu in min(count, self.count)..<count { elements[vcpu] = new }
    self.count = count
  }

  /// Takes over the vCPUs of another list, and leaves alone what is behind them.
  public mutating func assume(_ other: borrowing Self) {
    count = other.count
    for vcpu in 0..<count { elements[vcpu] = other.elements[vcpu] }
  }

  /// One vCPU, which must be one that there is.
  ///
  /// *Why not get and set:* a getter is handed a copy of all sixteen, to take one of them.
  public subscript(vcpu: Int) -> TSCVCPU {
    _read {
      precondition((0..<count).contains(vcpu), "no such vCPU")
      yield elements[vcpu]
    }
    _modify {
      precondition((0..<count).contains(vcpu), "no such vCPU")
      yield &elements[vcpu]
    }
  }

  /// Whether there are equally many, with equal values.
  public static func == (left: Self, right: Self) -> Bool {
    left.count == right.count
      && (0..<left.count).allSatisfy { left.elements[$0] == right.elements[$0] }
  }

  /// Feeds all of them to `hasher`.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for vcpu in 0..<count { hasher.combine(elements[vcpu]) }
  }
}

/// All that KVM keeps about a VM's TSCs, and the host that it runs on.
///
/// A plain value: saving it saves the tracker. The names after the semicolons are KVM's.
public struct TSCMatchingState: Hashable, Sendable {
  /// The host.
  public var host: TSCHost
  /// The kernel's rules.
  public var rules: TSCRuleSet
  /// The vCPUs; KVM's index, in the order of creation, whatever their ids.
  public var vcpus: TSCVCPUs
  /// With which frequency a vCPU is created; `default_tsc_khz`.
  public var defaultFrequency: TSCFrequency

  /// When a TSC was last written, matched or not; `last_tsc_nsec`.
  public var lastInstant = Instant.origin
  /// What was then recorded; `last_tsc_write`.
  public var lastWrite: UInt64 = 0
  /// The frequency of the vCPU written to, in kHz, or 0 before any write; `last_tsc_khz`.
  public var lastKilohertz: UInt32 = 0
  /// The offset that came out; `last_tsc_offset`.
  public var lastOffset: UInt64 = 0

  /// How often the matched set has been emptied; `cur_tsc_generation`.
  public var generation: UInt64 = 0
  /// When the generation started; `cur_tsc_nsec`.
  public var generationInstant = Instant.origin
  /// The value that started it; `cur_tsc_write`.
  public var generationWrite: UInt64 = 0
  /// The offset that all its vCPUs share on a stable host; `cur_tsc_offset`.
  public var generationOffset: UInt64 = 0
  /// The vCPUs in the set beside the one that started it; `nr_vcpus_matched_tsc`.
  public var matchedCount = 0
  /// Whether user space has written any vCPU's TSC; `user_set_tsc`.
  public var isUserSet = false

  /// Whether kvmclock is the same on all vCPUs and counts with their TSC; `use_master_clock`.
  public var usesMasterClock = false
  /// The two clocks' reading that the master clock starts from.
  public var masterTime = TSCHostTime(instant: .origin, tsc: 0)
  /// The host's TSC was seen to go back, which rules the master clock out for good.
  public var hasSeenBackwardsTSC = false
  /// vCPU 0's guest uses kvmclock's first MSRs, which rules the master clock out.
  public var usesOldClock = false

  /// Creates the state of a VM without vCPUs.
  public init(host: TSCHost, rules: TSCRuleSet = .linux6_7) {
    self.host = host
    self.rules = rules
    defaultFrequency = host.frequency
    vcpus = TSCVCPUs(
      unused: TSCVCPU(frequency: host.frequency, ratio: host.scaling?.unity ?? 1))
  }
}
