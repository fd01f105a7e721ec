internal import Exploration
internal import TimerModels

// What else the host does: offsets, frequencies, kvmclocks, and its own clock.

extension TSCWorld {
  /// By how much the TSC of a host is lower after its suspension.
  static var loss: Int64 { 500 * TSCIdeal.second }

  /// The host's accesses that are no writes of a TSC.
  mutating func performHost(_ action: TSCAction) -> Step {
    switch action.kind {
    case .offsetSame, .offsetOther: return writeOffset(action)
    case .frequencyHost, .frequencyNear, .frequencyDouble: return setFrequency(action)
    case .registerOld, .registerNew: return registerClock(action)
    case .suspend:
      guard ideal.lost == 0 else { return .impossible }
      tracker.resumeHost(losing: UInt64(Self.loss))
      ideal.suspend(losing: Self.loss)
    case .loseClock:
      guard ideal.isClockSource else { return .impossible }
      tracker.changeHostClock(isStable: true, isClockSource: false)
      ideal.loseClock()
    case .look:
      return look().map { .violated($0) } ?? .done
    default: return .impossible
    }
    return .done
  }

  private mutating func writeOffset(_ action: TSCAction) -> Step {
    let other = action.kind == .offsetOther ? 10 * TSCIdeal.second : 0
    let offset = ideal.sharedOffset + other
    let decision = tracker.hostWriteOffset(
      at: now, vcpu: action.vcpu, UInt64(bitPattern: offset + ideal.lost))
    let shared = UInt64(bitPattern: ideal.sharedOffset + ideal.lost)
    let right = ideal.writeOffset(offset, to: action.vcpu, at: Int64(nanoseconds))
    return judge(decision, right, right.isMatched ? .sameOffset : .otherOffset(last: shared))
  }

  /// Why a value that the host writes is taken as it is, where one number says so; nil where it does not.
  func reason(of value: Int64, to vcpu: Int) -> TSCReason? {
    let time = Int64(nanoseconds)
    guard ideal.last != nil, ideal.rate == 1 else { return nil }
    if ideal.hasOtherFrequency(vcpu) {
      return .otherFrequency(lastKilohertz: ideal.lastKilohertz)
    }
    if value == 0, ideal.synchronizesZero { return .zeroWritten }
    if !ideal.isUserSet { return .firstUserWrite }
    // The cycles of a frequency that is merely tolerated are KVM's, by shift and multiplier.
    guard ideal.vcpus[vcpu].kilohertz.isMultiple(of: TSCIdeal.hostKilohertz) else { return nil }
    let expected = UInt64(bitPattern: ideal.expected(of: vcpu, at: time))
    return ideal.matches(value, of: vcpu, at: time)
      ? .withinSecond(expected: expected) : .beyondSecond(expected: expected)
  }

  private mutating func setFrequency(_ action: TSCAction) -> Step {
    // 0 stands for the host's own.
    let (argument, kilohertz): (UInt32, UInt32) =
      switch action.kind {
      case .frequencyHost: (0, TSCIdeal.hostKilohertz)
      case .frequencyNear: (1_000_100, 1_000_100)
      default: (2_000_000, 2_000_000)
      }
    guard kilohertz != ideal.vcpus[action.vcpu].kilohertz else { return .impossible }
    do throws(TSCMatchingError) {
      _ = try tracker.setFrequency(at: now, vcpu: action.vcpu, kilohertz: argument)
    } catch { return .violated(.refusal) }
    ideal.vcpus[action.vcpu].kilohertz = kilohertz
    return .done
  }

  private mutating func registerClock(_ action: TSCAction) -> Step {
    let isOld = action.kind == .registerOld
    let decision = tracker.registerClock(at: now, vcpu: action.vcpu, isOld: isOld)
    let isNeeded = ideal.registerClock(ofOldKind: isOld, on: action.vcpu)
    guard decision.requestsUpdate != isNeeded else { return .done }
    return .violated(isNeeded ? .missingUpdate : .needlessUpdate)
  }

  /// Whether a decision on a write says what came of it, and why.
  func isRecorded(_ decision: TSCDecision, because reason: TSCReason?) -> Bool {
    if let reason, decision.reason != reason { return false }
    for vcpu in 0..<ideal.count {
      let isOfGeneration = tracker.state.vcpus[vcpu].generation == decision.generation
      if isOfGeneration != (ideal.matched >> vcpu & 1 == 1) { return false }
    }
    let offset = UInt64(bitPattern: ideal.vcpus[decision.vcpu].offset + ideal.lost)
    // The offset of one that is caught up is known within bounds only.
    return (ideal.rate > 1 || decision.offset == offset)
      && decision.matchedCount + 1 == ideal.matched.nonzeroBitCount
      && decision.vcpuCount == ideal.count
      && decision.canUseMasterClock == ideal.isMasterClockPossible
      && decision.usesMasterClock == ideal.usesMasterClock
  }
}
