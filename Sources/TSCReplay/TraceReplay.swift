internal import TerminalText

/// Follows a VM's TSC events, and says what each means.
///
/// A synchronised write leaves two events: its offset, then `kvm_track_tsc`. An offset alone is
/// the guest's own write, or one of KVM's corrections: neither concerns the matched set.
///
/// *Assumes:* the events are one VM's, since they do not say whose they are, and none is missing. What
/// contradicts that is kept (``TraceDoubts``), and then there is no verdict.
public struct TraceReplay {
  /// What is known of a vCPU.
  private struct VCPU {
    /// The offset last written.
    var offset: UInt64?
    /// Whether no `kvm_track_tsc` has followed it yet.
    var pending: Bool = false
    /// The thread that wrote it last, if that is known.
    var thread: Int?
  }

  private var vcpus: [VCPU] = []
  private var set = MatchedSet()
  /// The last `kvm_track_tsc`'s counts, and its line.
  private var matched = 0
  private var online = 0
  private var trackLine = 0
  private var clock: HostClock?
  /// Since when KVM has counted more matched vCPUs than there are.
  private var overcount: MatchedSet.Write?
  /// What the last event to tell said of the master clock.
  private var usesMasterClock: Bool?
  /// What the last `kvm_update_master_clock` said of the vCPUs, and its line.
  private var update: (areAllMatched: Bool, line: Int)?
  private var history = TraceHistory()
  private var doubts = TraceDoubts()
  /// KVM did without a master clock, though nothing that the events show was in its way.
  private var isRefused = false
  private var events = 0
  private var tracks = 0
  private var unpaired = 0

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
    doubts.note(record.task)
    defer { history.note(isPossible: isPossible, clock, at: record) }
    switch record.event {
    case .writeOffset(let vcpu, let previous, let next):
      return writeOffset(vcpu, previous, next, record, wantsText)
    case .track(let vcpu, let uses, let matched, let online, let clock):
      compare(vcpu, matched, online, record)
      tracks += 1
      trackLine = record.line
      usesMasterClock = uses
      self.online = online
      self.clock = clock
      let write = MatchedSet.Write(
        place: record.line, time: record.time, vcpu: vcpu, offset: pendingOffset(of: vcpu))
      return track(write, matched, wantsText)
    case .update(let uses, let clock, let areAllMatched):
      usesMasterClock = uses
      isRefused = !uses && areAllMatched && clock.allowsMasterClock == true
      self.clock = clock
      update = (areAllMatched, record.line)
      if uses && clock.allowsMasterClock == false {
        doubts.add(
          "line \(record.line): KVM uses a master clock, though the host's clock is \(clock)")
      }
      guard wantsText else { return "" }
      return
        "the master clock is computed anew: \(uses ? "in use" : "not in use"); the host's clock "
        + "is \("\(clock)".visible), the vCPUs \(areAllMatched ? "" : "do not ")match"
    }
  }

  /// Compares a `kvm_track_tsc` with what was before it: what one VM's events cannot do.
  ///
  /// The count starts from 0 with a generation, goes up by one with a match, and stays when a vCPU
  /// matches again; vCPUs do not go away while their VM is there.
  private mutating func compare(_ vcpu: Int, _ matched: Int, _ online: Int, _ record: TraceRecord) {
    if tracks > 0 && online < self.online {
      doubts.add("line \(record.line): there are \(online) vCPUs, and there were \(self.online)")
    } else if tracks > 0 && matched != 0 && matched != self.matched && matched != self.matched + 1 {
      doubts.add(
        "line \(record.line): \(matched) vCPUs match, and \(self.matched) did before")
    }
    reserve(vcpu)
    // Where offsets are traced they show whether it is the same vCPU.
    guard !vcpus[vcpu].pending else { return }
    if let thread = record.task?.thread, record.task?.process == nil {
      if let last = vcpus[vcpu].thread, last != thread {
        doubts.add(
          "line \(record.line): threads \(last) and \(thread) wrote the TSC of vCPU \(vcpu), of one VM "
            + "or of two")
      }
      vcpus[vcpu].thread = thread
    }
  }

  private mutating func reserve(_ vcpu: Int) {
    guard vcpu >= vcpus.count else { return }
    vcpus += Array(repeating: VCPU(), count: vcpu + 1 - vcpus.count)
  }

  private mutating func writeOffset(
    _ vcpu: Int, _ previous: UInt64, _ next: UInt64, _ record: TraceRecord, _ wantsText: Bool
  ) -> String {
    reserve(vcpu)
    var isGap = false
    if let offset = vcpus[vcpu].offset, offset != previous {
      isGap = true
      doubts.add(
        "line \(record.line): vCPU \(vcpu)'s offset was \(Phrase.offset(offset)), and this write "
          + "continues from \(Phrase.offset(previous))")
    }
    if vcpus[vcpu].pending { unpaired += 1 }
    vcpus[vcpu] = VCPU(offset: next, pending: true, thread: record.task?.thread)
    guard wantsText else { return "" }
    var text = "vCPU \(vcpu): offset \(Phrase.offset(previous)) -> \(Phrase.offset(next))"
    text += previous == next ? ", as it was" : " (\(Phrase.difference(next, from: previous)))"
    if let shared = set.start?.offset {
      text +=
        shared == next
        ? ", the matched set's"
        : ", \(Phrase.difference(next, from: shared)) from the matched set's"
    }
    if isGap {
      text += "; does not continue from its last one: events are missing, or another VM's"
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

  private var canUseMasterClock: Bool {
    matched + 1 == online && clock?.allowsMasterClock == true
  }

  /// Whether kvmclock can be stable by the last events, or nil where they do not say it.
  private var isPossible: Bool? {
    guard tracksAnything, clock?.allowsMasterClock != nil else { return nil }
    return canUseMasterClock && !isRefused
  }

  /// What the trace says of the guest's clock, once it is over.
  ///
  /// - Parameters:
  ///   - lines: How many lines there were.
  ///   - others: What makes the whole trace doubtful.
  /// - Returns: The verdict, or in it why there is none.
  public func verdict(lines: Int, doubts others: [String] = []) -> TSCVerdict {
    var facts = history.remarks(isPossible: isPossible)
    let alone = unpaired + vcpus.count { $0.pending }
    if alone > 0 && tracksAnything {
      facts.append(
        "\(alone) offset writes without kvm_track_tsc: the guest's own WRMSR, or KVM catching up on "
          + "an unstable host")
    }
    let doubts = others + doubts.sentences + lastDoubts
    return TSCVerdict(
      lines: lines, events: events, isStable: doubts.isEmpty && isPossible == true, cause: cause,
      matched: tracksAnything ? matched : nil, online: tracksAnything ? online : nil,
      outside: set.outside, remarks: facts, doubts: doubts, wouldBeStable: isPossible)
  }

  /// What is doubtful in the state at the end.
  private var lastDoubts: [String] {
    guard tracksAnything else { return ["no kvm_track_tsc event says who is matched"] }
    if let clock, case .unknown = clock {
      return ["the host's clock is \("\(clock)".visible), which this program does not know"]
    }
    if let update, update.line > trackLine, update.areAllMatched != (matched + 1 == online),
      overcount == nil
    {
      return [
        "the last events contradict each other: by line \(trackLine) \(matched) + 1 of \(online) vCPUs "
          + "match, by line \(update.line) \(update.areAllMatched ? "all" : "not all")"
      ]
    }
    return []
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
    if let clock, clock.allowsMasterClock != true {
      let name = clock == .other("none") ? "another clock" : "\(clock)".visible
      return "the host keeps time by \(name), not by its TSC"
    }
    if isRefused {
      return
        "all vCPUs match, but KVM has ruled a master clock out: it saw the host's TSC go back, "
        + "as after a suspend, or vCPU 0's guest uses kvmclock's first MSRs"
    }
    return "\(online) of \(online) vCPUs match"
  }
}
