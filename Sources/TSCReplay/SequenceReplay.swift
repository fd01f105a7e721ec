public import JSON
public import TimerModels

/// What a step of a sequence did.
public enum SequenceResult: Hashable, Sendable, CustomStringConvertible {
  /// KVM carried it out.
  case decided(TSCDecision)
  /// KVM refused it.
  case refused(TSCMatchingError)

  /// The decision or the reason, as a sentence without a full stop.
  public var description: String {
    switch self {
    case .decided(let decision): "\(decision)"
    case .refused(let error): "refused: \(error)"
    }
  }

  /// The same for programs.
  public var json: JSONValue {
    switch self {
    case .refused(let error): ["refused": .string("\(error)")]
    case .decided(let decision):
      [
        "vcpu": JSONValue(decision.vcpu),
        "matched": decision.isMatched.map(JSONValue.bool) ?? .null,
        "reason": .string("\(decision.reason)"),
        // Of 64 bits, which a reader may keep as a Double.
        "offset": .string("\(Int64(bitPattern: decision.offset))"),
        "guestTSC": .string("\(decision.guestTSC)"), "generation": JSONValue(decision.generation),
        "matchedCount": JSONValue(decision.matchedCount),
        "vcpuCount": JSONValue(decision.vcpuCount),
        "canUseMasterClock": .bool(decision.canUseMasterClock),
        "usesMasterClock": .bool(decision.usesMasterClock),
        "requestsUpdate": .bool(decision.requestsUpdate),
      ]
    }
  }
}

/// Replays a sequence through a tracker: the right one, or one from the museum.
public struct SequenceReplay<Tracker: TSCMatchingRules> {
  /// The tracker, as the steps so far have left it.
  public private(set) var tracker: Tracker
  /// The host's clocks at the last step.
  public private(set) var now: TSCHostTime
  /// What the steps did, in order.
  public private(set) var results: [SequenceResult] = []
  private var set = MatchedSet()

  /// Replays all of a sequence.
  public init(_ sequence: TSCSequence, on _: Tracker.Type) {
    tracker = Tracker(host: sequence.host, rules: sequence.rules)
    now = sequence.start
    for step in sequence.steps { take(step) }
  }

  private mutating func take(_ step: TSCSequence.Step) {
    now.instant = now.instant.adding(nanoseconds: step.after)
    now.tsc &+= tracker.state.host.frequency.cycles(in: step.after)
    let result: SequenceResult
    do {
      let decision = try tracker.perform(at: now, step.operation)
      note(decision)
      result = .decided(decision)
    } catch { result = .refused(error) }
    results.append(result)
  }

  private mutating func note(_ decision: TSCDecision) {
    guard let isMatched = decision.isMatched else { return }
    if isMatched {
      set.join(decision.vcpu)
    } else {
      set.restart(
        MatchedSet.Write(
          place: results.count + 1, time: nil, vcpu: decision.vcpu, offset: decision.offset))
    }
    if decision.matchedCount + 1 == decision.vcpuCount { set.complete() }
  }

  /// Whether kvmclock can be stable after the last step, and if not, why.
  public var verdict: TSCVerdict {
    let state = tracker.state
    let online = state.vcpus.count
    return TSCVerdict(
      lines: nil, events: results.count, isStable: tracker.canUseMasterClock,
      cause: cause, matched: online == 0 ? nil : state.matchedCount,
      online: online == 0 ? nil : online, outside: set.outside, remarks: [])
  }

  private var cause: String {
    let state = tracker.state
    let online = state.vcpus.count
    if state.matchedCount + 1 > online {
      return "a vCPU was counted twice: \(state.matchedCount) + 1 matched of \(online)"
    }
    if state.matchedCount + 1 != online {
      return set.explanation(matched: state.matchedCount, online: online) { "operation \($0)" }
    }
    if !state.host.isClockSource { return "the host keeps time by another clock than its TSC" }
    return "\(online) of \(online) vCPUs match"
  }
}
