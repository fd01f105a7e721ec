public import KVM
internal import LinuxHost
public import Measurement
internal import TimerModels
internal import VMM

/// The runs of a campaign: the guest `deadlines`, booted once for each combination.
public struct CampaignSession {
  let plan: CampaignPlan
  /// Nanoseconds.
  private let costOfStamp: Double
  /// The TSC's frequency as guests see it.
  let kilohertz: Int
  /// What an entry took at least until now, in nanoseconds, where an advance is learnt.
  var leastEntry: UInt64?

  /// Gets the latencies so far of the run that is under way.
  public typealias Onlooker = @Sendable (CampaignCell, LatencyHistogram) -> Void

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
  /// was recorded, and those after it. It may interrupt any call, so what fails then is not an error: what the
  /// other runs gave is not lost with it.
  ///
  /// - Parameters:
  ///   - system: Where to boot the guest.
  ///   - onlooker: Gets the latencies so far of the run that is under way, a few times per second and on a
  ///     separate thread; nil for none.
  ///   - report: Gets each run when it is over.
  /// - Throws: ``CampaignError`` of the first run that failed.
  public mutating func run(
    on system: borrowing KVMSystem, for onlooker: Onlooker? = nil,
    _ report: (CampaignRun) -> Void
  ) throws(CampaignError) {
    for cell in plan.cells {
      if ProcessSignals.ending != nil { return }
      do {
        guard let run = try measure(cell, on: system, for: onlooker) else { return }
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
  private mutating func measure(
    _ cell: CampaignCell, on system: borrowing KVMSystem, for onlooker: Onlooker?
  ) throws(CampaignError) -> CampaignRun? {
    let boot: Boot
    do { boot = try self.boot(cell, on: system, for: onlooker) } catch { throw .machine(error) }
    learn(from: boot.result.advance)
    if boot.result.outcome.isSignalled, boot.result.delivery.allSatisfy(\.records.isEmpty) {
      return nil
    }
    var run = try judge(cell, boot)
    if let route = cell.route, let remark = remark(on: run.series.verdicts, by: route, system) {
      run.remarks.append(remark)
    }
    return run
  }

  /// Has the next run begin with what this one saw.
  ///
  /// *Why:* a host that was slow while the least entry was looked for shows a faster one in any run, and only that run's
  /// advance became shorter by it.
  private mutating func learn(from advance: AdvanceUse) {
    guard let leastEntry, let seen = advance.leastEntry else { return }
    self.leastEntry = min(leastEntry, seen)
  }

  /// Why runs by a level line were spurious, if this host's KVM is known to do that.
  private func remark(
    on verdicts: Verdicts, by route: InterruptRoute, _ system: borrowing KVMSystem
  ) -> String? {
    guard verdicts.spurious > 0, route.irqchip != .user, !route.isEdge,
      case .found(let count) = HostProbe.countDeliveries(route.irqchip, on: system), count > 1
    else { return nil }
    return
      "\(verdicts.spurious) spurious runs: this host's KVM ends a level-triggered interrupt before its "
      + "guest does, and delivers it \(count) times (swvmm probe)"
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
    _ cell: CampaignCell, on system: borrowing KVMSystem, for onlooker: Onlooker?
  ) throws(MachineError) -> Boot {
    guard let guest = BuiltInGuest.named(Self.guest) else {
      preconditionFailure("no guest \(Self.guest)")
    }
    let image: BootImage
    do { image = try BootImage(guest.file) } catch { throw .image(error) }
    var configuration = configuration(of: cell)
    let watch = try watch(cell, for: onlooker)
    defer { watch?.end() }
    configuration.delivery?.listener = watch?.listener
    let machine = try Machine(
      configuration, on: system, image: image,
      commandLine: [UInt8](arguments(of: cell).map(String.init).joined(separator: " ").utf8))
    do {
      let load = cell.load == .busy ? try BusyThread(on: Self.processor) : nil
      let isWatched = plan.hasWitness && cell.isStamped
      let witness = isWatched ? try SpinningWitness(kilohertz: kilohertz) : nil
      let before = ProcessorClock.now()
      let result = try machine.run()
      let watched = witness?.end() ?? (gaps: [], time: 0)
      let othersTime = (load?.end() ?? 0) + watched.time + (watch?.end() ?? 0)
      let used = ProcessorClock.now() - before
      return Boot(result: result, busy: used - min(othersTime, used), gaps: watched.gaps)
    } catch { throw .system(error) }
  }

  private func watch(
    _ cell: CampaignCell, for onlooker: Onlooker?
  ) throws(MachineError) -> LatencyWatch? {
    guard let onlooker else { return nil }
    do {
      return try LatencyWatch(cell, of: plan, kilohertz: kilohertz, for: onlooker)
    } catch { throw .system(error) }
  }

  // MARK: Judging

  private func judge(
    _ cell: CampaignCell, _ boot: Boot
  ) throws(CampaignError) -> CampaignRun {
    let result = boot.result
    guard let first = result.delivery.first else {
      if case .failed(.system(let error)) = result.outcome { throw .machine(.system(error)) }
      throw .noRecords(of: cell.name)
    }
    let pace = TimerPace(cell.timer, plan.shape, plan.period, first.scale, kilohertz: kilohertz)
    var series = Series(name: cell.name, configuration: settings(of: cell, pace))
    var vcpus: [VCPUInterrupts] = []
    var (remarks, complaints) = (remarks(cell, pace), complaints(result))
    for (cpu, trace) in result.delivery.enumerated() {
      let records = DeadlineRecords(
        trace, cell, plan.shape, pace: pace, advance: result.advance.nanoseconds)
      let part = try judge(records, trace, cell, boot, into: &series)
      vcpus.append(part)
      let name = plan.cpus > 1 ? "vCPU \(cpu): " : ""
      remarks += self.remarks(records).map { name + $0 }
      complaints += self.complaints(result, trace, records).map { name + $0 }
    }
    series.processor = ProcessorUse(
      elapsed: result.duration, busy: boot.busy, spinning: result.waiting.spinning)
    series.deferredAlarms = result.deferredAlarms
    series.advance = AdvanceTaken(
      nanoseconds: result.advance.nanoseconds, shortenedWaits: result.waiting.shortened)
    return CampaignRun(
      cell: cell, series: series, vcpus: vcpus, remarks: remarks, complaints: complaints,
      failureStatus: result.outcome.isFailure ? result.outcome.status : nil)
  }

  /// Judges one vCPU's records, and adds them up.
  private func judge(
    _ records: DeadlineRecords, _ trace: DeliveryTrace, _ cell: CampaignCell, _ boot: Boot,
    into series: inout Series
  ) throws(CampaignError) -> VCPUInterrupts {
    let budget = UInt64(plan.budget) * 1000
    let (interrupts, strays): (JudgedInterrupts, Int)
    do {
      (interrupts, strays) = try records.judge(budget: budget)
    } catch { throw .unjudged(of: cell.name, error) }
    let causes = DeliveryEvidence(trace, gaps: boot.gaps, of: cell)
      .causes(of: interrupts, budget: budget)
    do {
      try series.add(interrupts, causes: causes, isOneOfSeveral: plan.cpus > 1)
      try series.stamping.add(stamping(in: trace, strays: strays))
      try series.deadlineWidth.add(records.deadlineWidth)
    } catch let error as Verdicts.Discrepancy {
      throw .unjudged(of: cell.name, .discrepancy(error))
    } catch {
      throw .unjudged(of: cell.name, .discrepancy(.count))
    }
    return VCPUInterrupts(interrupts: interrupts, causes: causes)
  }

  private func stamping(in trace: DeliveryTrace, strays: Int) -> StampingCost {
    let all = trace.timerStamps + [trace.threadStamps]
    let stamps = UInt64(all.reduce(0) { $0 + $1.stamps.count })
    return StampingCost(
      stamps: stamps, dropped: UInt64(all.reduce(0) { $0 + $1.dropped }), strays: UInt64(strays),
      nanoseconds: UInt64(Double(stamps) * costOfStamp))
  }

  // MARK: What is said beside the figures

  private func complaints(_ result: RunResult) -> [String] {
    switch result.outcome {
    case .signalled, .exited(code: 0): []
    case .exited: ["this guest does not support that timer"]
    default: [result.outcome.description]
    }
  }

  private func complaints(
    _ result: RunResult, _ trace: DeliveryTrace, _ records: DeadlineRecords
  ) -> [String] {
    if result.outcome.isSignalled { return [] }
    var complaints: [String] = []
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

  private func remarks(_ cell: CampaignCell, _ pace: TimerPace) -> [String] {
    var remarks: [String] = []
    if let limit = pace.limit {
      remarks.append(
        "KVM ticks at most every \(limit) µs (kvm.min_timer_period_us), and so does the plan")
    }
    if plan.cpus > 1, cell.timer == .countCompare, let route = cell.route,
      ![.inject, .msi].contains(route)
    {
      remarks.append(
        "the one pin for Count/Compare is vCPU 0's; interrupts of the others are messages, as by msi"
      )
    }
    return remarks
  }

  private func remarks(_ records: DeadlineRecords) -> [String] {
    guard records.owed > 0 else { return [] }
    return [
      "\(records.owed) more ticks were due at the end: still to be injected, or lost; a run cannot distinguish the two"
    ]
  }
}

extension Outcome {
  fileprivate var isSignalled: Bool { if case .signalled = self { true } else { false } }
}
