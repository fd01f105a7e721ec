/// Why KVM did with a TSC what it did.
public enum TSCReason: Hashable, Sendable {
  // The vCPU joined the generation.

  /// A vCPU was created.
  case created
  /// The value was 0.
  case zeroWritten
  /// The value was less than a second's cycles away from `expected`.
  case withinSecond(expected: UInt64)
  /// The offset was the one that the last write gave.
  case sameOffset

  // It started a generation.

  /// Nothing had been written before.
  case firstWrite
  /// The last write was to a vCPU of another frequency.
  case otherFrequency(lastKilohertz: UInt32)
  /// User space had written none before: the value is taken as meant.
  case firstUserWrite
  /// The value was a second's cycles or more away from `expected`.
  case beyondSecond(expected: UInt64)
  /// The last write gave another offset.
  case otherOffset(last: UInt64)

  // It did neither.

  /// The guest wrote its own IA32_TSC: no generation is concerned.
  case guestWrite
  /// The guest wrote IA32_TSC_ADJUST, which moves its TSC by the difference.
  case guestAdjust
  /// The host wrote IA32_TSC_ADJUST, which is only stored.
  case hostAdjust
  /// The frequency changed; nothing is synchronised anew.
  case frequencyChanged
  /// The guest registered a clock.
  case clockRegistered
  /// The guest was entered, and its TSC moved forward by so many cycles to catch up.
  case entered(caughtUp: UInt64)
  /// The guest was left.
  case exited

  /// Whether the vCPU joined the generation, or nil where that was not the question.
  public var isMatched: Bool? {
    switch self {
    case .created, .zeroWritten, .withinSecond, .sameOffset: true
    case .firstWrite, .otherFrequency, .firstUserWrite, .beyondSecond, .otherOffset: false
    case .guestWrite, .guestAdjust, .hostAdjust, .frequencyChanged, .clockRegistered, .entered,
      .exited:
      nil
    }
  }
}

extension TSCReason: CustomStringConvertible {
  /// The reason as a clause.
  public var description: String {
    switch self {
    case .created: "a new vCPU always synchronises"
    case .zeroWritten: "a written 0 always synchronises"
    case .withinSecond(let expected): "within 1 s of the expected \(expected)"
    case .sameOffset: "the offset of the last write"
    case .firstWrite: "the VM's first TSC write"
    case .otherFrequency(let last): "the last write was at another frequency, \(last) kHz"
    case .firstUserWrite: "user space's first write is taken as it is"
    case .beyondSecond(let expected): "not within 1 s of the expected \(expected)"
    case .otherOffset(let last): "the last write gave another offset, \(Int64(bitPattern: last))"
    case .guestWrite: "the guest wrote IA32_TSC, which no generation heeds"
    case .guestAdjust: "the guest wrote IA32_TSC_ADJUST, which no generation heeds"
    case .hostAdjust: "a host's write of IA32_TSC_ADJUST is only stored"
    case .frequencyChanged: "a new frequency synchronises nothing"
    case .clockRegistered: "the guest registered a kvmclock"
    case .entered(let cycles):
      cycles == 0
        ? "guest entry" : "guest entry, caught up by \(cycles) cycle\(cycles == 1 ? "" : "s")"
    case .exited: "guest exit"
    }
  }
}

/// What an operation did, and why.
public struct TSCDecision: Hashable, Sendable {
  /// The vCPU, in the order of creation.
  public var vcpu: Int
  /// Why.
  public var reason: TSCReason
  /// The vCPU's TSC offset before the operation.
  public var previousOffset: UInt64
  /// The vCPU's TSC offset after it, modulo 2^64.
  public var offset: UInt64
  /// What the guest's RDTSC would have given at that moment.
  public var guestTSC: UInt64
  /// The VM's generation after it.
  public var generation: UInt64
  /// The size of the matched set, without the vCPU that started the generation.
  public var matchedCount: Int
  /// How many vCPUs there are.
  public var vcpuCount: Int
  /// Whether all vCPUs match, and the host's clock allows a master clock.
  public var canUseMasterClock: Bool
  /// Whether the master clock is in use.
  public var usesMasterClock: Bool
  /// Whether the operation asked for the master clock to be computed at this vCPU's next entry.
  public var requestsUpdate: Bool

  /// Whether the vCPU joined the generation, or nil where that was not the question.
  public var isMatched: Bool? { reason.isMatched }
}

extension TSCDecision: CustomStringConvertible {
  /// The decision as a sentence without a full stop.
  public var description: String {
    let verdict =
      switch isMatched {
      case true?: "matched"
      case false?: "new generation"
      case nil: "unchanged"
      }
    return "vCPU \(vcpu): \(verdict) (\(reason)); generation \(generation), "
      + "\(matchedCount) + 1 of \(vcpuCount) matched, offset \(Int64(bitPattern: offset)), "
      + "master clock \(canUseMasterClock ? "possible" : "ruled out")"
      + (requestsUpdate ? ", update requested" : "")
  }
}
