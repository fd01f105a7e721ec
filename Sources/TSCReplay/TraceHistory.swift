internal import TerminalText

/// How often it was otherwise before the end.
struct TraceHistory {
  private var isPossible: Bool?
  private var clock: HostClock?
  /// How often a master clock was ruled out after it had been possible; since and until which line.
  private var ruledOut: (count: Int, since: Int, until: Int)?
  private var clockChanges: (count: Int, line: Int, before: HostClock)?

  /// Notes the state after an event.
  mutating func note(isPossible: Bool?, _ clock: HostClock?, at record: TraceRecord) {
    if self.isPossible == true && isPossible == false {
      ruledOut = ((ruledOut?.count ?? 0) + 1, ruledOut?.since ?? record.line, record.line)
    } else if self.isPossible == false && isPossible == true {
      ruledOut?.until = record.line
    }
    if let known = self.clock, let clock, known != clock {
      clockChanges = ((clockChanges?.count ?? 0) + 1, record.line, known)
    }
    self.isPossible = isPossible ?? self.isPossible
    self.clock = clock ?? self.clock
  }

  /// What is to be known beside the state at the end.
  func remarks(isPossible: Bool?) -> [String] {
    var remarks: [String] = []
    if isPossible == true, let ruledOut {
      let times = ruledOut.count == 1 ? "once" : "\(ruledOut.count) times"
      remarks.append(
        "a master clock was ruled out \(times) before, between lines \(ruledOut.since) and "
          + "\(ruledOut.until)")
    }
    if let clockChanges {
      let times = clockChanges.count == 1 ? "once" : "\(clockChanges.count) times"
      remarks.append(
        "the host's clock changed \(times), last at line \(clockChanges.line), where it was "
          + "\("\(clockChanges.before)".visible)")
    }
    return remarks
  }
}
