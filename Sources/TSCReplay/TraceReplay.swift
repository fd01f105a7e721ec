/// Follows a VM's TSC events, and says what each means.
///
/// A synchronised write leaves two events: its offset, then `kvm_track_tsc`. An offset alone is
/// the guest's own write, or one of KVM's corrections: neither concerns the matched set.
///
/// *Assumes:* the trace is one VM's, since its events do not say whose they are. What contradicts
/// that is counted, and told at the end.
public struct TraceReplay {
  /// What is known of a vCPU.
  private struct VCPU {
    /// The offset last written.
    var offset: UInt64?
    /// Where, as long as no `kvm_track_tsc` has followed.
    var pending: Bool = false
  }

  private var vcpus: [VCPU] = []
  private var set = MatchedSet()
  /// The last `kvm_track_tsc`'s counts.
  private var matched = 0
  private var online = 0
  private var clock: HostClock?
  /// Since when KVM has counted more matched vCPUs than there are.
  private var overcount: MatchedSet.Write?
  /// What the last event to tell said of the master clock.
  private var usesMasterClock: Bool?
  /// KVM did without a master clock, though nothing that the events show was in its way.
  private var isRefused = false
  private var events = 0
  private var tracks = 0
  private var unpaired = 0
  private var gaps = 0

  /// Creates a replay of a trace's start.
  public init() {}

  /// Takes an event in.
  ///
  /// - Returns: What it means, as a sentence without a full stop.
  public mutating func explain(_ record: TraceRecord) -> String {
    take(record, wantsText: true)
  }

  /// Takes an event in without a word.
  public mutating func note(_ record: TraceRecord) {
    _ = take(record, wantsText: false)
  }

  private mutating func take(_ record: TraceRecord, wantsText: Bool) -> String {
    events += 1
    switch record.event {
    case .writeOffset(let vcpu, let previous, let next):
      return writeOffset(vcpu, previous, next, wantsText)
    case .track(let vcpu, let uses, let matched, let online, let clock):
      tracks += 1
      usesMasterClock = uses
      self.online = online
      self.clock = clock
      let write = MatchedSet.Write(
        place: record.line, time: record.time, vcpu: vcpu, offset: pendingOffset(of: vcpu))
      return track(write, matched, wantsText)
    case .update(let uses, let clock, let areAllMatched):
      usesMasterClock = uses
      isRefused = !uses && areAllMatched && clock == .tsc
      self.clock = clock
      guard wantsText else { return "" }
      return
        "the master clock is computed anew: \(uses ? "in use" : "not in use"); the host's clock "
        + "is \(clock), the vCPUs \(areAllMatched ? "" : "do not ")match"
    }
  }

  private mutating func writeOffset(
    _ vcpu: Int, _ previous: UInt64, _ next: UInt64, _ wantsText: Bool
  ) -> String {
    if vcpu >= vcpus.count {
      vcpus += Array(repeating: VCPU(), count: vcpu + 1 - vcpus.count)
    }
    if let offset = vcpus[vcpu].offset, offset != previous { gaps += 1 }
    if vcpus[vcpu].pending { unpaired += 1 }
    vcpus[vcpu] = VCPU(offset: next, pending: true)
    guard wantsText else { return "" }
    var text = "vCPU \(vcpu): offset \(Phrase.offset(previous)) -> \(Phrase.offset(next))"
    text += previous == next ? ", as it was" : " (\(Phrase.difference(next, from: previous)))"
    if let shared = set.start?.offset {
      text +=
        shared == next
        ? ", the matched set's"
        : ", \(Phrase.difference(next, from: shared)) from the matched set's"
    }
    return text
  }

  /// The offset of a write that its `kvm_track_tsc` has now followed.
  private mutating func pendingOffset(of vcpu: Int) -> UInt64? {
    guard vcpu < vcpus.count, vcpus[vcpu].pending else { return nil }
    vcpus[vcpu].pending = false
    return vcpus[vcpu].offset
  }

  private mutating func track(
    _ write: MatchedSet.Write, _ matched: Int, _ wantsText: Bool
  ) -> String {
    let isMatched = isMatched(write, matched)
    self.matched = matched
    if isMatched { set.join(write.vcpu) } else { set.restart(write) }
    if matched + 1 == online { set.complete() }
    if matched + 1 <= online {
      overcount = nil
    } else if overcount == nil {
      overcount = write
    }
    guard wantsText else { return "" }
    var text = "vCPU \(write.vcpu): "
    text += isMatched ? "matched" : "new generation" + explanationOfRestart(write)
    text += "; \(matched) + 1 of \(online) matched"
    if matched + 1 > online { text += ", more than there are: a vCPU was counted twice" }
    return text + "; master clock \(canUseMasterClock ? "possible" : "ruled out")"
      + (usesMasterClock == true ? ", in use so far" : "")
  }

  /// Whether a synchronised write joined the generation.
  ///
  /// A new generation's count starts from 0, so any other count is a match. At 0, a match is the
  /// starter's own: on a stable host it repeats the offset.
  private func isMatched(_ write: MatchedSet.Write, _ matched: Int) -> Bool {
    guard matched == 0 else { return true }
    guard let start = set.start, self.matched == 0 else { return false }
    return write.vcpu == start.vcpu && write.offset == start.offset
  }

  private func explanationOfRestart(_ write: MatchedSet.Write) -> String {
    var text = ""
    if let offset = write.offset, let before = set.previousOffset {
      text += ", its offset \(Phrase.difference(offset, from: before)) from the one before"
    }
    let outside = set.outside
    if !outside.isEmpty { text += "; \(Phrase.vcpus(outside)) out of the matched set" }
    return text
  }

  private var canUseMasterClock: Bool { matched + 1 == online && clock == .tsc }

  /// What the trace says of the guest's clock, once it is over.
  public func verdict(lines: Int) -> TSCVerdict {
    var facts: [String] = []
    if !tracksAnything { facts.append("no kvm_track_tsc event says who is matched") }
    let alone = unpaired + vcpus.count { $0.pending }
    if alone > 0 && tracksAnything {
      facts.append(
        "\(alone) offset writes without kvm_track_tsc: the guest's own WRMSR, or KVM catching up on "
          + "an unstable host")
    }
    if gaps > 0 {
      facts.append(
        "\(gaps) offset writes do not go on from their vCPU's last: events are missing, or there is "
          + "more than one VM in the trace")
    }
    return TSCVerdict(
      lines: lines, events: events, isStable: canUseMasterClock && !isRefused, cause: cause,
      matched: tracksAnything ? matched : nil, online: tracksAnything ? online : nil,
      outside: set.outside, remarks: facts)
  }

  private var tracksAnything: Bool { tracks > 0 }

  private var cause: String {
    guard tracksAnything else { return "" }
    if let overcount {
      return "KVM counted a vCPU twice, first at line \(overcount.place)\(overcount.timeSuffix): "
        + "\(matched) + 1 matched of \(online). It is KVM's bug, fixed by upstream commit 0d3da0d26e3c "
        + "(Linux 3.16)"
    }
    if matched + 1 != online {
      return set.explanation(matched: matched, online: online) { "line \($0)" }
    }
    if let clock, clock != .tsc { return "the host keeps time by \(clock), not by its TSC" }
    if isRefused {
      return
        "all vCPUs match, but KVM has ruled a master clock out: it saw the host's TSC go back, "
        + "as after a suspend, or vCPU 0's guest uses kvmclock's first MSRs"
    }
    return "\(online) of \(online) vCPUs match"
  }
}
