internal import Measurement
internal import VMM

/// What was seen of the host during a run, to be asked about single interrupts; all on the machine's clock.
struct DeliveryEvidence {
  private struct Look {
    let instant: UInt64
    let sample: WitnessSample
    let longestExit: Range<UInt64>
  }

  private struct Gap {
    let span: Range<UInt64>
    let reason: SpinningWitness.Gap.Reason
  }

  private let looks: [Look]
  private let gaps: [Gap]
  /// What a tick of the host's usually takes, in nanoseconds: the median of the gaps that held one; 0 where none did.
  private let usualTick: UInt64
  /// Whether a sleep of the vCPU's thread is one of this program's, and not one inside KVM_RUN.
  private let sleepsAreCounted: Bool

  /// Puts everything on one clock.
  ///
  /// - Parameters:
  ///   - trace: What the run kept.
  ///   - gaps: When the witness stood still; empty where there was none.
  ///   - cell: What was measured.
  init(_ trace: DeliveryTrace, gaps: [SpinningWitness.Gap], of cell: CampaignCell) {
    let clock = trace.calibration
    looks = trace.samples.map { sample in
      let start = clock.nanoseconds(at: sample.longestExitStart)
      return Look(
        instant: clock.nanoseconds(at: sample.cycles), sample: sample,
        longestExit: start..<max(start, clock.nanoseconds(at: sample.longestExitEnd)))
    }
    self.gaps = gaps.map { gap in
      let start = clock.nanoseconds(at: gap.start)
      return Gap(span: start..<max(start, clock.nanoseconds(at: gap.end)), reason: gap.reason)
    }
    let ticks = trace.samples.map(\.gaps.tickGap).filter { $0 > 0 }.sorted()
    usualTick = ticks.isEmpty ? 0 : ticks[ticks.count / 2]
    sleepsAreCounted = cell.route == .inject
  }

  /// The causes of the late among judged interrupts: a deadline that was merged has that of the one before it that
  /// the same run answers.
  ///
  /// - Parameters:
  ///   - interrupts: In the order of the plan.
  ///   - budget: The greatest latency in time, in nanoseconds.
  /// - Returns: One a deadline, nil for what is in time or lost; empty where nothing was looked at.
  func causes(of interrupts: JudgedInterrupts, budget: UInt64) -> [Cause?] {
    guard !looks.isEmpty || !gaps.isEmpty else { return [] }
    var latest: (run: Int, cause: Cause)?
    return interrupts.outcomes.indices.map { number in
      let outcome = interrupts.outcomes[number]
      guard let run = outcome.run, let latency = outcome.latency, latency > Int64(clamping: budget)
      else { return nil }
      if outcome.verdict == .merged, let latest, latest.run == run { return latest.cause }
      let record = interrupts.records[number]
      let span = record.planned..<record.planned + UInt64(latency)
      let cause = evidence(within: span).cause(of: record, latency: latency)
      latest = (run, cause)
      return cause
    }
  }

  /// What was seen from a deadline to its handler.
  ///
  /// Without a look before the deadline and one after the handler, counts are those of nothing.
  func evidence(within span: Range<UInt64>) -> Evidence {
    var evidence = Evidence()
    note(looksAround: span, in: &evidence)
    let first = gaps.firstIndex(after: span.lowerBound, by: \.span.upperBound)
    for gap in gaps[first...] where gap.span.lowerBound < span.upperBound {
      let length = UInt64(gap.span.clamped(to: span).count)
      switch gap.reason {
      case .stopped: evidence.stopped += length
      case .stolen: evidence.stolen += length
      case .stalled: evidence.stalled += length
      }
    }
    return evidence
  }

  private func note(looksAround span: Range<UInt64>, in evidence: inout Evidence) {
    let next = looks.firstIndex(after: span.lowerBound, by: \.instant)
    let end = looks.firstIndex(after: span.upperBound - 1, by: \.instant)
    guard next > 0, end < looks.count else { return }
    let (before, after) = (looks[next - 1].sample, looks[end].sample)
    evidence.runQueueWait = after.runQueueWait &- before.runQueueWait
    evidence.preemptions = after.preemptions &- before.preemptions
    // A thread that sleeps inside KVM_RUN is blocked by its guest's will.
    if sleepsAreCounted, after.blocks > before.blocks {
      evidence.blocks = after.blocks - before.blocks
    }
    evidence.majorFaults = after.majorFaults &- before.majorFaults
    evidence.minorFaults = after.minorFaults &- before.minorFaults
    evidence.deferrals = after.deferrals &- before.deferrals
    evidence.shortBudgets = after.shortBudgets &- before.shortBudgets
    evidence.longestExit =
      looks[next...end].map { UInt64($0.longestExit.clamped(to: span).count) }.max() ?? 0
    for look in looks[next...end] { note(look.sample.gaps, in: &evidence) }
  }

  /// Adds what interrupted the wait, and a tick behind it.
  ///
  /// *Why a gap that held a tick is not always the tick's:* another interruption may contain its instant. Longer than two
  /// of them is not one.
  private func note(_ gaps: WaitGaps, in evidence: inout Evidence) {
    if gaps.hasTickInOverrun && gaps.overrunGap <= 2 * usualTick {
      evidence.tick += gaps.overrun
    } else {
      evidence.interruption = max(evidence.interruption, gaps.overrun)
    }
    if gaps.hasTickAfter { evidence.tick += usualTick }
  }
}

extension Array {
  /// The first element that is after an instant; elements are in the order of time.
  fileprivate func firstIndex(after instant: UInt64, by time: (Element) -> UInt64) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if time(self[middle]) > instant { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
