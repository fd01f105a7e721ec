public import KVM
internal import LinuxHost
internal import Measurement
internal import TimerModels
internal import VMM

/// The runs of a campaign: the guest `deadlines`, booted once for each combination.
public struct CampaignSession {
  let plan: CampaignPlan
  /// Nanoseconds.
  private let costOfStamp: Double
  /// The TSC's frequency as guests see it.
  let kilohertz: Int
  /// What an entry takes at least, in nanoseconds, where an advance is learnt.
  let leastEntry: UInt64?

  /// The built-in guest that sets deadlines and records when its handler ran.
  public static let guest = "deadlines"

  /// Finds out what the runs have in common: what a stamp costs, and how fast a guest's TSC is.
  ///
  /// - Parameters:
  ///   - plan: What to measure.
  ///   - system: Where to; a throw-away vCPU there knows the frequency.
  /// - Throws: ``CampaignError/machine(_:)`` where that vCPU cannot be had.
  public init(_ plan: CampaignPlan, on system: borrowing KVMSystem) throws(CampaignError) {
    self.plan = plan
    costOfStamp = HostStamps.measureCost()
    do {
      kilohertz = try Self.guestKilohertz(on: system)
      let isLearnt = plan.advance == .learnt && plan.cells.contains { $0.wait != nil }
      leastEntry = isLearnt ? try EntryCalibration.leastEntry(on: system) : nil
    } catch { throw .machine(error) }
  }

  private static func guestKilohertz(on system: borrowing KVMSystem) throws(MachineError) -> Int {
    let memory: GuestMemory
    do { memory = try GuestMemory(size: 4096) } catch { throw .system(error) }
    do {
      let machine = try VirtualMachine(on: system, memory: memory)
      return Int(try machine.createVCPU(0).tscFrequency())
    } catch { throw .kvm(error) }
  }

  /// Measures every combination of the plan in turn.
  ///
  /// A signal that `ProcessSignals` answers ends it: it leaves out the run that it meets before anything
  /// was recorded, and those after it. It may interrupt any call, so what fails then is no error: what the
  /// other runs gave is not lost with it.
  ///
  /// - Parameters:
  ///   - system: Where to boot the guest.
  ///   - report: Gets each run when it is over.
  /// - Throws: ``CampaignError`` of the first run that failed.
  public func run(
    on system: borrowing KVMSystem, _ report: (CampaignRun) -> Void
  ) throws(CampaignError) {
    for cell in plan.cells {
      if ProcessSignals.ending != nil { return }
      do {
        guard let run = try measure(cell, on: system) else { return }
        report(run)
      } catch {
        guard ProcessSignals.ending != nil else { throw error }
        return
      }
    }
  }

  /// Boots the guest and judges what it recorded.
  ///
  /// - Returns: What the run gave; nil where a signal ended it before anything was recorded.
  private func measure(
    _ cell: CampaignCell, on system: borrowing KVMSystem
  ) throws(CampaignError) -> CampaignRun? {
    let boot: Boot
    do { boot = try self.boot(cell, on: system) } catch { throw .machine(error) }
    if boot.result.outcome.isSignalled, boot.result.delivery?.records.isEmpty != false {
      return nil
    }
    return try judge(cell, boot)
  }

  /// What a boot left.
  private struct Boot {
    let result: RunResult
    /// The processor time that it took without the load's and the witness's, in nanoseconds.
    let busy: UInt64
    /// When the witness stood still.
    let gaps: [SpinningWitness.Gap]
  }

  private func boot(
    _ cell: CampaignCell, on system: borrowing KVMSystem
  ) throws(MachineError) -> Boot {
    guard let guest = BuiltInGuest.named(Self.guest) else {
      preconditionFailure("no guest \(Self.guest)")
    }
    let image: BootImage
    do { image = try BootImage(guest.file) } catch { throw .image(error) }
    let machine = try Machine(
      configuration(of: cell), on: system, image: image,
      commandLine: [UInt8](arguments(of: cell).map(String.init).joined(separator: " ").utf8))
    do {
      let load = cell.load == .busy ? try BusyThread(on: Self.processor) : nil
      let isWatched = plan.hasWitness && cell.isStamped
      let witness = isWatched ? try SpinningWitness(kilohertz: kilohertz) : nil
      let before = ProcessorClock.now()
      let result = try machine.run()
      let watched = witness?.end() ?? (gaps: [], time: 0)
      let othersTime = (load?.end() ?? 0) + watched.time
      let used = ProcessorClock.now() - before
      return Boot(result: result, busy: used - min(othersTime, used), gaps: watched.gaps)
    } catch { throw .system(error) }
  }

  // MARK: Judging

  private func judge(
    _ cell: CampaignCell, _ boot: Boot
  ) throws(CampaignError) -> CampaignRun {
    let result = boot.result
    guard let trace = result.delivery else { throw .noRecords(of: cell.name) }
    let pace = pace(of: cell, trace)
    let records = DeadlineRecords(
      trace, cell, plan.shape, pace: pace, advance: result.advance.nanoseconds)
    var series = Series(name: cell.name, configuration: settings(of: cell, pace))
    let (interrupts, strays): (JudgedInterrupts, Int)
    do {
      (interrupts, strays) = try records.judge(budget: UInt64(plan.budget) * 1000)
    } catch { throw .unjudged(of: cell.name, error) }
    let causes = DeliveryEvidence(trace, gaps: boot.gaps, of: cell)
      .causes(of: interrupts, budget: UInt64(plan.budget) * 1000)
    do { try series.add(interrupts, causes: causes) } catch {
      throw .unjudged(of: cell.name, .discrepancy(error))
    }
    series.processor = ProcessorUse(
      elapsed: result.duration, busy: boot.busy, spinning: result.waiting.spinning)
    series.stamping = stamping(in: trace, strays: strays)
    series.deferredAlarms = result.deferredAlarms
    series.advance = AdvanceTaken(
      nanoseconds: result.advance.nanoseconds, shortenedWaits: result.waiting.shortened)
    series.deadlineWidth = records.deadlineWidth
    return CampaignRun(
      cell: cell, series: series, interrupts: interrupts, causes: causes,
      remarks: remarks(pace, records), complaints: complaints(result, trace, records))
  }

  private func stamping(in trace: DeliveryTrace, strays: Int) -> StampingCost {
    let all = trace.timerStamps + [trace.threadStamps]
    let stamps = UInt64(all.reduce(0) { $0 + $1.stamps.count })
    return StampingCost(
      stamps: stamps, dropped: UInt64(all.reduce(0) { $0 + $1.dropped }), strays: UInt64(strays),
      nanoseconds: UInt64(Double(stamps) * costOfStamp))
  }

  private func complaints(
    _ result: RunResult, _ trace: DeliveryTrace, _ records: DeadlineRecords
  ) -> [String] {
    var complaints: [String] = []
    switch result.outcome {
    case .signalled: return []
    case .exited(code: 0): break
    case .exited: complaints.append("this guest does not support that timer")
    default: complaints.append(result.outcome.description)
    }
    if trace.lostRecordBytes > 0 {
      complaints.append("\(trace.lostRecordBytes) bytes of the guest's records did not fit")
    }
    let taken = records.runs.count { $0.isConditionMet }
    if records.isCut {
      complaints.append(
        "the first \(taken) interrupts are judged: with the next there are more than "
          + "\(DeadlineRecords.planCountMax) deadlines; --count is too great for this --period")
    } else if result.outcome == .exited(code: 0) && taken != plan.count {
      complaints.append("the guest took \(taken) interrupts, not \(plan.count)")
    }
    return complaints
  }

  private func remarks(_ pace: TimerPace, _ records: DeadlineRecords) -> [String] {
    var remarks: [String] = []
    if let limit = pace.limit {
      remarks.append(
        "KVM ticks at most every \(limit) µs (kvm.min_timer_period_us), and so does the plan")
    }
    if records.owed > 0 {
      remarks.append(
        "\(records.owed) more ticks were due at the end: still to be injected, or lost; a run cannot distinguish the two"
      )
    }
    return remarks
  }
}

extension Outcome {
  fileprivate var isSignalled: Bool { if case .signalled = self { true } else { false } }
}
