public import Exploration
public import TimerModels

/// The TSCs of a VM with up to four vCPUs, and a host that creates vCPUs and writes TSCs.
///
/// The host's TSC counts nanoseconds. Where no guest is entered, time and values are relative, and the space of
/// states is finite. Elsewhere time continues, since what a TSC shows means the same at all times: those settings
/// are searched to a depth.
public struct TSCWorld<Tracker: TSCMatchingRules>: World {
  /// What can happen.
  public typealias Action = TSCAction
  /// What must never happen.
  public typealias Property = TSCProperty

  /// The tracker.
  public internal(set) var tracker: Tracker
  var ideal = TSCIdeal()
  /// Whether each vCPU's registers are compared: not where they are caught up.
  var keepsBooks = false
  /// Whether time and values are moved back after each action.
  var isRelative: Bool
  var nanoseconds: UInt64 = Self.present

  /// Creates a world as a setting has it, whose time and values are relative, or go on.
  init(_ setting: TSCSetting, isRelative: Bool) {
    self.isRelative = isRelative
    do {
      let isStable = setting != .unstable && setting != .entries
      let host = TSCHost(
        frequency: try TSCFrequency(kilohertz: TSCIdeal.hostKilohertz), isStable: isStable,
        isClockSource: isStable, scaling: setting == .scaled ? .svm : nil)
      tracker = Tracker(host: host, rules: setting.rules)
      (ideal.isStable, ideal.isClockSource) = (host.isStable, host.isClockSource)
      // Older kernels compare user space's first write, too.
      ideal.isUserSet = !setting.rules.sparesFirstUserWrite
      ideal.recordsEffective = setting == .repaired
      ideal.synchronizesZero = setting.rules.synchronizesZero
      ideal.comparesMicroseconds = setting.rules.window == .microseconds
      ideal.updates =
        switch setting.rules.updateRequest {
        case .onToggle: .whereItSwitches
        case .whileUsable: .always
        case .onToggleOrGeneration: .whereItChanges
        }
      keepsBooks = [.guest, .host, .scaled].contains(setting)
      for _ in 0..<setting.vcpuCount { _ = create() }
      normalise()
      guard setting == .catchUp else { return }
      // Faster than a host that cannot scale: the TSC is moved forward at every entry. The ideal
      // only says how far it may come at most.
      _ = try tracker.setFrequency(at: now, vcpu: 0, kilohertz: 1_001_000)
      ideal.rate = 2
      ideal.vcpus[0].kilohertz = 1_001_000
    } catch { preconditionFailure("\(error)") }
  }

  /// Everything that can happen.
  public static var alphabet: [TSCAction] {
    TSCAction.Kind.allCases.flatMap { kind in
      (kind.isOfVM ? 0...0 : 0...3).map {
        TSCAction(kind, vcpu: $0)
      }
    }
  }

  /// Who does it.
  public static func actor(of action: TSCAction) -> Actor { action.actor }

  var now: TSCHostTime {
    TSCHostTime(
      instant: Instant(nanoseconds: nanoseconds), tsc: nanoseconds - UInt64(ideal.lost))
  }

  /// Carries out an action, and looks whether what it showed is what the rules say.
  public mutating func perform(_ action: TSCAction) -> Step {
    let step = act(action)
    if !step.isImpossible { normalise() }
    return step
  }

  private mutating func act(_ action: TSCAction) -> Step {
    if let passed = action.kind.nanoseconds {
      nanoseconds += passed
      return .done
    }
    if action.kind == .create { return ideal.count < 4 ? create() : .impossible }
    guard action.vcpu < ideal.count else { return .impossible }
    guard let value = value(of: action) else { return performGuest(action) }
    guard value >= 0 || action.kind == .writeLast else { return .impossible }
    let decision = tracker.hostWriteTSC(
      at: now, vcpu: action.vcpu, UInt64(bitPattern: value))
    let reason = self.reason(of: value, to: action.vcpu)
    let right = ideal.write(value, to: action.vcpu, at: Int64(nanoseconds), byUser: true)
    return judge(decision, right, reason)
  }

  /// What the host writes, as a signed number; nil where it writes nothing.
  private func value(of action: TSCAction) -> Int64? {
    let expected = ideal.expected(of: action.vcpu, at: Int64(nanoseconds))
    let second = ideal.rate(of: action.vcpu) * TSCIdeal.second
    return switch action.kind {
    case .writeZero: 0
    case .writeSame: ideal.last?.value ?? 0
    case .writeDue: expected
    case .writeAhead: expected + second / 10 * 9
    case .writeBehind: expected - second / 10 * 9
    case .writeFar: expected + 10 * second
    case .writeSecondAhead: expected + second
    case .writeLessAhead: expected + second - 1
    case .writeSecondBehind: expected - second
    case .writeLessBehind: expected - second + 1
    case .writeLast: -1
    default: nil
    }
  }

  private mutating func create() -> Step {
    let decision = tracker.createVCPU(at: now)
    ideal.vcpus[ideal.count].owesClock = true
    ideal.count += 1
    let reason: TSCReason? =
      ideal.last == nil ? .firstWrite : ideal.synchronizesZero ? .created : nil
    let right = ideal.write(0, to: ideal.count - 1, at: Int64(nanoseconds), byUser: false)
    return judge(decision, right, reason)
  }

  func judge(
    _ decision: TSCDecision, _ right: (isMatched: Bool, shown: Int64), _ reason: TSCReason?
  ) -> Step {
    guard decision.isMatched == right.isMatched else { return .violated(.decision) }
    let isNeeded = ideal.needsUpdate(isNewGeneration: !right.isMatched)
    if decision.requestsUpdate != isNeeded {
      return .violated(isNeeded ? .missingUpdate : .needlessUpdate)
    }
    guard decision.guestTSC == UInt64(bitPattern: right.shown) else { return .violated(.value) }
    return isRecorded(decision, because: reason) ? .done : .violated(.record)
  }

  /// What the guest does, and the host's write of IA32_TSC_ADJUST.
  private mutating func performGuest(_ action: TSCAction) -> Step {
    let vcpu = action.vcpu
    let time = Int64(nanoseconds)
    let old = ideal.vcpus[vcpu]
    switch action.kind {
    case .guestZero, .guestAhead:
      let value = action.kind == .guestZero ? 0 : time + old.offset + TSCIdeal.second
      let decision = tracker.guestWriteTSC(at: now, vcpu: vcpu, UInt64(bitPattern: value))
      ideal.guestWrite(value, to: vcpu, at: time)
      return decision.guestTSC == UInt64(bitPattern: value) ? .done : .violated(.register)
    case .adjustZero, .adjustAhead, .adjustBehind:
      let step = action.kind == .adjustAhead ? TSCIdeal.second : -TSCIdeal.second
      let value = action.kind == .adjustZero ? 0 : old.adjust + step
      _ = tracker.guestWriteAdjust(at: now, vcpu: vcpu, UInt64(bitPattern: value))
      ideal.guestAdjust(value, of: vcpu, at: time)
      return judgeClock(of: vcpu)
    case .hostAdjust:
      ideal.vcpus[vcpu].adjust = TSCIdeal.second
      _ = tracker.hostWriteAdjust(at: now, vcpu: vcpu, UInt64(TSCIdeal.second))
      return .done
    case .enter: return enter(vcpu)
    default: return performHost(action)
    }
  }

  /// A clock that has just been computed starts from the TSC as it was then.
  private func judgeClock(of vcpu: Int) -> Step {
    guard keepsBooks else { return .done }
    let time = ideal.usesMasterClock ? ideal.masterTime : Int64(nanoseconds)
    let right = UInt64(bitPattern: ideal.rate(of: vcpu) * time + ideal.vcpus[vcpu].offset)
    return tracker.state.vcpus[vcpu].lastGuestTSC == right ? .done : .violated(.clockJump)
  }

  private mutating func enter(_ vcpu: Int) -> Step {
    let owesClock = ideal.vcpus[vcpu].owesClock || ideal.vcpus[vcpu].owesMasterClock
    let decision = tracker.enterGuest(at: now, vcpu: vcpu)
    ideal.enter(vcpu, at: Int64(nanoseconds))
    if owesClock, case .violated(let property) = judgeClock(of: vcpu) { return .violated(property) }
    _ = tracker.exitGuest(at: now, vcpu: vcpu)
    if !ideal.isStable {
      let shown = ideal.catchUp(vcpu, at: Int64(nanoseconds))
      return decision.guestTSC == UInt64(bitPattern: shown) ? .done : .violated(.value)
    }
    // Only one that is caught up must never be ahead: a matched one may be, if it was written so.
    guard ideal.rate > 1, !ideal.hasOtherFrequency(vcpu) else { return .done }
    let due = ideal.due(at: Int64(nanoseconds))
    return decision.guestTSC <= UInt64(bitPattern: due) ? .done : .violated(.leap)
  }

  /// What is wrong with this state.
  public var violation: Property? {
    if tracker.canUseMasterClock != ideal.isMasterClockPossible { return .masterClock }
    return keepsBooks ? fault : nil
  }

  /// What the tracker keeps beside the offsets that writes show.
  private var fault: Property? {
    let state = tracker.state
    if state.usesMasterClock != ideal.usesMasterClock { return .missingUpdate }
    if ideal.usesMasterClock, state.masterTime.tsc != UInt64(bitPattern: ideal.masterTime) {
      return .clockJump
    }
    for index in 0..<ideal.count {
      let (vcpu, right) = (state.vcpus[index], ideal.vcpus[index])
      if vcpu.offset &+ vcpu.pendingAdjustment != UInt64(bitPattern: right.offset + ideal.lost)
        || vcpu.adjust != UInt64(bitPattern: right.adjust)
      {
        return .register
      }
      if vcpu.owesMasterClock != right.owesMasterClock {
        return right.owesMasterClock ? .missingUpdate : .needlessUpdate
      }
      if vcpu.owesClock != right.owesClock { return .clockJump }
    }
    return nil
  }

  /// Made of what changes most.
  public var fingerprint: UInt64 {
    var fingerprint = Fingerprint()
    fingerprint.combine(nanoseconds ^ UInt64(ideal.matched) << 56)
    fingerprint.combine(tracker.state.generation ^ UInt64(ideal.count) << 60)
    fingerprint.combine(tracker.state.lastWrite ^ tracker.state.lastInstant.nanoseconds << 20)
    fingerprint.combine(UInt64(bitPattern: ideal.sharedOffset))
    for vcpu in 0..<ideal.count { fingerprint.combine(tracker.state.vcpus[vcpu].offset) }
    return fingerprint.value ^ UInt64(bitPattern: Int64(tracker.state.matchedCount)) << 32
  }

  /// The state in words.
  public var readout: Readout {
    let state = tracker.state
    let generation = isRelative ? "" : "generation \(state.generation), "
    let set = "\(state.matchedCount) + 1 of \(ideal.count) matched"
    return Readout(
      timer: isRelative ? relativeWords : "offsets \(offsetWords)",
      controller: generation + set
        + (tracker.canUseMasterClock ? ", master clock possible" : ""))
  }

  private var offsetWords: String {
    let state = tracker.state
    return (0..<ideal.count).map { vcpu in
      let milliseconds = Int64(bitPattern: state.vcpus[vcpu].offset) / 1_000_000
      return "\(milliseconds) ms\(state.vcpus[vcpu].generation == state.generation ? "*" : "")"
    }.joined(separator: ", ")
  }

  /// The last write, and the vCPUs of the current generation.
  private var relativeWords: String {
    let state = tracker.state
    let matched = (0..<ideal.count).filter { state.vcpus[$0].generation == state.generation }
    let age = (nanoseconds &- state.lastInstant.nanoseconds) / 1_000_000
    let value = state.lastWrite == 0 ? "0" : "a value"
    return "\(value) written \(age) ms ago; in the set: "
      + matched.map { "\($0)" }.joined(separator: ", ")
  }
}
