internal import KVM
public import LinuxHost
internal import Synchronization
internal import TimerModels

extension Machine {
  /// Runs the guest to its end, the timeout's, or a signal's.
  ///
  /// Once.
  ///
  /// A signal that ``ProcessSignals`` leaves to the program ends the run, and SIGUSR1 saves the machine, if
  /// that is the plan: also one that came before. While the guest listens, a terminal on standard input
  /// is unbuffered as long as it is this process group's (``Terminal``).
  ///
  /// The limit is the host's time, that in which the process is stopped included; in virtual time, the
  /// guest's.
  ///
  /// - Returns: How the run ended, with what was recorded.
  /// - Throws: ``SystemError`` where a thread or a descriptor cannot be had; the guest did not run.
  public func run() throws(SystemError) -> RunResult {
    KickSignal.install()
    ProcessSignals.announce(by: supervisorEvent)
    defer { ProcessSignals.stopAnnouncing() }
    let start = clock.now()
    let calibration = configuration.delivery.map { _ in TSCCalibration.Reading.take(clock) }
    let deadline = MonotonicClock.now() &+ configuration.hostTimeoutNanoseconds
    let devices = try watchDevices()
    try configuration.confinement?.prepare()
    try startThreads()
    confine { confinement throws(SystemError) in try confinement.confineSupervisor() }
    do { try supervise(devices, until: deadline) } catch { stop(.failed(.kvm(error))) }
    joinThreads()
    return result(
      startedAt: start.nanoseconds, deadline: deadline, delivery: calibration.flatMap(delivery))
  }

  /// What the supervising thread serves of the devices, as one descriptor: a host timer by its place in
  /// ``timers``, the event lines after them by their vCPUs, the Count/Compare timer's last.
  private func watchDevices() throws(SystemError) -> DescriptorSet {
    let set = try DescriptorSet()
    for (index, timer) in timers.enumerated() where timer.descriptorNumber >= 0 {
      try set.add(timer.descriptorNumber, as: index)
    }
    for (cpu, line) in eventLines.enumerated() {
      try set.add(line.descriptorNumber, as: timers.count + cpu)
    }
    if let line = countCompareEventLine {
      try set.add(line.descriptorNumber, as: timers.count + eventLines.count)
    }
    return set
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
    let loop = VCPULoop(vcpu, of: self)
    loop.run()
    waitingCost.withLock { $0.add(loop.waitingCost) }
    if configuration.delivery != nil && vcpu.index == 0 {
      delivered.withLock {
        $0 = VCPULoopRecords(
          records: loop.records, lostBytes: loop.lostRecordBytes, stamps: loop.stamps)
      }
    }
    threadEnds([loop])
  }

  /// Runs all vCPUs on this thread, in virtual time.
  private func runVirtually(exitCost: UInt64) {
    confine { confinement throws(SystemError) in try confinement.confineVCPU() }
    var scheduler = VirtualScheduler(self, exitCost: exitCost)
    scheduler.run()
    threadEnds(scheduler.loops)
  }

  /// Gives up what the calling thread does not need.
  ///
  /// Where that fails the run ends, and a vCPU's thread enters no guest: its loop looks first.
  private func confine(_ body: (Confinement) throws(SystemError) -> Void) {
    guard let confinement = configuration.confinement else { return }
    do { try body(confinement) } catch { stop(.failed(.system(error))) }
  }

  private func threadEnds(_ loops: [VCPULoop]) {
    if !configuration.recording.isEmpty {
      recordings.withLock { $0 += loops.map(\.recorder) }
    }
    runningThreads.subtract(1, ordering: .sequentiallyConsistent)
    wakeSupervisor()
  }

  /// Waits for all threads, kicking again and again: one that was about to block in write(2) when
  /// it was kicked blocks after all.
  private func joinThreads() {
    while runningThreads.load(ordering: .sequentiallyConsistent) > 0 {
      _ = Poller.wait(
        for: [supervisorEvent.descriptor.number, -1, -1, -1],
        until: MonotonicClock.now() + 10_000_000)
      supervisorEvent.clear()
      kickAll()
    }
    for vcpu in vcpus { vcpu.join() }
  }

  private func result(
    startedAt start: UInt64, deadline: UInt64, delivery: DeliveryTrace?
  ) -> RunResult {
    guard let first = result else { preconditionFailure("a run ended without an outcome") }
    let outcome = first.explained(by: shared.handle.memory)
    let recorders = recordings.withLock { $0 }
    let now = clock.now().nanoseconds
    var statistics = ExitStatistics()
    for recorder in recorders { statistics.merge(recorder.statistics) }
    return RunResult(
      outcome: outcome, statistics: statistics,
      trace: recorders.flatMap(\.trace.events).sorted { ($0.time, $0.cpu) < ($1.time, $1.cpu) },
      lostEvents: recorders.reduce(0) { $0 + $1.trace.lost }, start: start,
      unclaimed: bus.unclaimedAccesses,
      checkpoints: checkpointsWritten.load(ordering: .sequentiallyConsistent),
      failedCheckpoints: checkpointsFailed.load(ordering: .sequentiallyConsistent),
      tsc: timeStampCounters?.account(of: shared.handle),
      waiting: waitingCost.withLock { $0 },
      deferredAlarms: timers.reduce(0) { $0 &+ $1.deferrals }, duration: now - start,
      hostDeadline: deadline, delivery: delivery)
  }

  // MARK: Supervision

  /// Serves whatever comes until the run is to end.
  ///
  /// *Order:* whoever has a message leaves it first and raises the event then; here the event is taken
  /// back before messages are looked for. So none is missed, a signal's included.
  private func supervise(
    _ devices: borrowing DescriptorSet, until deadline: UInt64
  ) throws(KVMError) {
    let terminal = Terminal(of: .input)
    var watch = IdleDetector(isNeeded: configuration.irqchip != .user)
    var pace = CheckpointPace()
    while !isStopping {
      if let signal = ProcessSignals.ending { return stop(.signalled(signal)) }
      let now = MonotonicClock.now()
      if now >= deadline { return stop(.timedOut) }
      let nextSave = answerUserSignal(pace, at: now)
      let wish = try inputWish()
      let holder = wish == .nothing ? .nobody : terminal.hold()
      if pace.isOverdue(at: now, isPauseWanted: isPauseWanted && isCheckpointWanted) {
        remarkOnPause()
      }
      let nextLook = min(
        watch.nextLook(after: now), pace.nextLook, nextSave,
        holder == .another ? now + Self.terminalInterval : .max)
      let ready = Poller.wait(
        for: [
          supervisorEvent.descriptor.number, devices.descriptor.number,
          wish == .bytes && holder != .another ? StandardStream.input.rawValue : -1, -1,
        ], until: min(deadline, nextLook), admitsUserSignal: true)
      if ready.contains(.descriptor(0)) { supervisorEvent.clear() }
      if ready.contains(.descriptor(1)) {
        try serve(devices, woken: configuration.delivery == nil ? 0 : HostTSC.now())
        watch.noteEvent()
      }
      if ready.contains(.descriptor(2)) {
        try feed(terminal)
        watch.noteEvent()
      }
      if isPaused { try finishPause(judging: watch.takeQuestion(), &pace) }
      if watch.isDue(at: MonotonicClock.now()) {
        if watch.look(at: MonotonicClock.now(), vcpus.map { $0.processorTime() }) { requestPause() }
      }
    }
  }

  /// How often to look whether a terminal that another process group has is this one's again, in
  /// nanoseconds: a shell that brings a running job to the foreground sends no signal.
  private static let terminalInterval: UInt64 = 100_000_000

  private func serve(_ ready: borrowing DescriptorSet, woken: UInt64) throws(KVMError) {
    while let index = ready.next() {
      if index < timers.count {
        try expire(timers[index], woken: woken)
      } else if index < timers.count + eventLines.count {
        let cpu = index - timers.count
        eventLines[cpu].clear()
        try controller.resample(cpu: cpu)
      } else {
        countCompareEventLine?.clear()
        try cp0[0].resample()
      }
    }
  }

  /// Borrowing lends the timer without retaining it.
  private func expire(_ timer: borrowing any HostTimed, woken: UInt64) throws(KVMError) {
    try timer.hostTimerExpired(woken: woken)
  }

  /// Asks for the checkpoint that SIGUSR1 is to make, not sooner after another than that one allows.
  ///
  /// - Returns: When to look again because of one that came too soon.
  private func answerUserSignal(_ pace: CheckpointPace, at now: UInt64) -> UInt64 {
    guard configuration.checkpoint?.trigger == .signal, ProcessSignals.hasUserSignal else {
      return .max
    }
    guard pace.allows(at: now) else { return pace.next }
    if ProcessSignals.takeUserSignal() { requestCheckpoint() }
    return .max
  }

  // MARK: Standard input

  /// What the guest would take of the input now.
  private enum InputWish {
    /// Nothing: it does not listen, or the input has ended.
    case nothing
    /// Keys, but its receiver is full.
    case room
    case bytes
  }

  private func inputWish() throws(KVMError) -> InputWish {
    try bus.serial.withDevice { serial in
      guard serial.isListening && serial.isConnected else { return .nothing }
      if serial.room == 0 { serial.askForRoom() }
      return serial.room == 0 ? .room : .bytes
    }
  }

  /// Gives the guest what there is, and has room for.
  ///
  /// At the end of the input the line hangs up. A guest that waits for nothing else is dead then, and so
  /// is one whose receiver has been filled without an interrupt: the end cannot reach it any more.
  ///
  /// *Why the lock is held over the read:* the guest may have made the room smaller since this thread
  /// last looked, and another process that shares the input may have read it first. So neither is
  /// remembered: no more is read than fits at this instant, and none of it is anywhere but in the
  /// receiver, where a checkpoint finds it. The read does not wait.
  private func feed(_ terminal: borrowing Terminal) throws(KVMError) {
    guard terminal.hold() != .another else { return }
    let input: Result<StandardStream.Input, SystemError> = try bus.serial.withDevice { serial in
      guard serial.room > 0 else { return .success(.nothing) }
      do throws(SystemError) {
        let input = try StandardStream.input.readNow(upTo: serial.room)
        switch input {
        case .bytes(let bytes): serial.receive(bytes)
        case .nothing: break
        case .end: serial.hangUp()
        }
        return .success(input)
      } catch { return .failure(error) }
    }
    switch input {
    case .failure(let error): stop(.failed(.system(error)))
    case .success(.nothing): break
    case .success: if configuration.irqchip == .user { endIfDead() }
    }
  }
}
