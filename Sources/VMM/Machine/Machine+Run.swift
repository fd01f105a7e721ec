internal import KVM
public import LinuxHost
internal import Synchronization
internal import TimerModels

extension Machine {
  /// Runs the guest to its end, the timeout's, or a signal's.
  ///
  /// Once.
  ///
  /// A signal that `ProcessSignals` leaves to the program ends the run, and SIGUSR1 saves the machine, if
  /// that is the plan: also one that came before. While the guest listens, a terminal on standard input
  /// is unbuffered as long as it is this process group's (`Terminal`).
  ///
  /// The limit is the host's time, that in which the process is stopped included; in virtual time, the
  /// guest's.
  ///
  /// - Returns: How the run ended, with what was recorded.
  /// - Throws: `SystemError` where a thread or a descriptor cannot be had; the guest did not run.
  public func run() throws(SystemError) -> RunResult {
    KickSignal.install()
    ProcessSignals.announce(by: supervisorEvent)
    defer { ProcessSignals.stopAnnouncing() }
    let start = clock.now()
    let calibration = configuration.delivery.map { _ in TSCCalibration.Reading.take(clock) }
    let deadline = MonotonicClock.now() &+ configuration.hostLimit.nanoseconds
    let devices = try watchDevices()
    let debugger = try awaitDebugger(until: deadline)
    try configuration.confinement?.prepare()
    try startThreads()
    // Where they share a processor the vCPU goes first, which may be all that there is to the run.
    HostThread.yieldCurrent()
    confine { confinement throws(SystemError) in try confinement.confineSupervisor() }
    do { try supervise(devices, debugger, until: deadline) } catch { stop(.failed(.kvm(error))) }
    joinThreads()
    let result = result(
      startedAt: start.nanoseconds, deadline: deadline,
      delivery: calibration.map { delivery(since: $0) } ?? [])
    debugger?.end(result.outcome)
    return result
  }

  private func startThreads() throws(SystemError) {
    if case .virtual(let exitCost) = configuration.time {
      runningThreads.store(1, ordering: .sequentiallyConsistent)
      do {
        try vcpus[0].start { [self] in runVirtually(exitCost: exitCost) }
      } catch {
        runningThreads.store(0, ordering: .sequentiallyConsistent)
        throw error
      }
      return
    }
    runningThreads.store(vcpus.count, ordering: .sequentiallyConsistent)
    for vcpu in vcpus {
      do {
        try vcpu.start { [self] in runThread(of: vcpu) }
      } catch {
        // The threads that did start must go before the machine does.
        runningThreads.subtract(vcpus.count - vcpu.index, ordering: .sequentiallyConsistent)
        stop(.failed(.system(error)))
        joinThreads()
        throw error
      }
    }
  }

  private func runThread(of vcpu: VCPU) {
    if let processor = configuration.processor { HostThread.pinCurrent(to: processor) }
    confine { confinement throws(SystemError) in try confinement.confineVCPU() }
    do {
      // One after the other: what one finds to be there no other takes.
      let loop = try layingOut.withLock { _ throws(SystemError) in try VCPULoop(vcpu, of: self) }
      loop.run()
      endProgramIfDone()
      threadEnds([loop])
    } catch {
      stop(.failed(.system(error)))
      threadEnds([])
    }
  }

  /// Ends the program where that is all that is left to do (``MachineConfiguration/endsProgram``).
  ///
  /// Assumes: the calling thread is a vCPU's, and its output is written.
  private func endProgramIfDone() {
    guard configuration.endsProgram, vcpus.count == 1, configuration.recording.isEmpty,
      configuration.checkpoint == nil, configuration.delivery == nil, debug == nil,
      timeStampCounters == nil, wiring.foreign == nil, bus.unclaimedAccesses.count == 0,
      case .exited(let code)? = result, code <= 63
    else { return }
    ProcessSignals.end(status: Int32(code))
  }

  /// Runs all vCPUs on this thread, in virtual time.
  private func runVirtually(exitCost: UInt64) {
    confine { confinement throws(SystemError) in try confinement.confineVCPU() }
    do {
      var scheduler = try VirtualScheduler(self, exitCost: exitCost)
      scheduler.run()
      threadEnds(scheduler.loops)
    } catch {
      stop(.failed(.system(error)))
      threadEnds([])
    }
  }

  /// Gives up what the calling thread does not need.
  ///
  /// Where that fails the run ends, and a vCPU's thread enters no guest: its loop looks first.
  private func confine(_ body: (Confinement) throws(SystemError) -> Void) {
    guard var confinement = configuration.confinement else { return }
    if let foreign = wiring.foreign { confinement.adapters = foreign.processIDs }
    do { try body(confinement) } catch { stop(.failed(.system(error))) }
  }

  private func threadEnds(_ loops: [VCPULoop]) {
    records.withLock { for loop in loops { $0.take(loop, configuration) } }
    runningThreads.subtract(1, ordering: .sequentiallyConsistent)
    wakeSupervisor()
  }

  /// Waits for all threads, and kicks those that miss it again (``KickPace``).
  private func joinThreads() {
    var pace = KickPace(kickedAt: MonotonicClock.now())
    while runningThreads.load(ordering: .sequentiallyConsistent) > 0 {
      Poller.waitOrPause(for: supervisorEvent.descriptor.number, until: pace.next)
      supervisorEvent.clear()
      if pace.isDue(at: MonotonicClock.now()) { kickAll() }
    }
    for vcpu in vcpus { vcpu.join() }
  }

  private func result(
    startedAt start: UInt64, deadline: UInt64, delivery: [DeliveryTrace]
  ) -> RunResult {
    guard let first = result else { preconditionFailure("a run ended without an outcome") }
    let outcome = first.explained(by: shared.handle.memory)
    let kept = records.withLock { $0 }
    let recorders = kept.recorders
    let rings =
      recorders.map(\.trace)
      + wiring.devices.flatMap { [$0.cp0.trace, $0.genericTimer.trace] }
    let now = clock.now().nanoseconds
    var statistics = ExitStatistics()
    for recorder in recorders { statistics.merge(recorder.statistics) }
    return RunResult(
      outcome: outcome, statistics: statistics,
      trace: rings.flatMap(\.events).sorted {
        ($0.time, $0.cpu, $0.rank) < ($1.time, $1.cpu, $1.rank)
      },
      lostEvents: rings.reduce(0) { $0 + $1.lost },
      unclaimed: bus.unclaimedAccesses,
      checkpoints: checkpoints.written.load(ordering: .sequentiallyConsistent),
      failedCheckpoints: checkpoints.failed.load(ordering: .sequentiallyConsistent),
      tsc: timeStampCounters?.account(of: shared.handle),
      waiting: kept.waitingCost, advance: kept.advance,
      deferredAlarms: wiring.devices.reduce(0) {
        $0 &+ $1.cp0.deferrals &+ $1.genericTimer.deferrals
      }, duration: now - start,
      hostDeadline: deadline, delivery: delivery,
      isMidLine: console.isMidLine, postMortem: postMortem(of: outcome))
  }
}
