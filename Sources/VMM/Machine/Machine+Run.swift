internal import KVM
public import LinuxHost
internal import Synchronization
internal import TimerModels

/// What a run leaves behind.
public struct RunResult: Sendable {
  /// How it ended.
  public let outcome: Outcome
  /// Exits by kind, of all vCPUs; empty unless recorded.
  public let statistics: ExitStatistics
  /// Events of all vCPUs in the order of their times; empty unless recorded.
  public let trace: [TraceEvent]
  /// Events that a full ring had no room for.
  public let lostEvents: Int
  /// When the first vCPU was started, in nanoseconds of the machine's clock.
  public let start: UInt64
  /// Accesses that no device answered.
  public let unclaimed: UnclaimedAccesses
  /// How many checkpoints were written.
  public let checkpoints: Int
  /// The TSC writes, if they were to be explained.
  public let tsc: TSCAccount?
  /// What vCPUs' waiting for their timers cost.
  public let waiting: WaitingCost
  /// How often a timer's alarm had to wait because the guest caused too many before.
  public let deferredAlarms: UInt64
  /// How long the guest ran, in nanoseconds of the machine's clock.
  public let duration: UInt64
  /// What was kept of vCPU 0's interrupts, if anything was to be.
  public let delivery: DeliveryTrace?
}

extension Machine {
  /// Runs the guest to its end, the timeout's, or a signal's.
  ///
  /// Once.
  ///
  /// SIGINT, SIGTERM, SIGHUP and SIGQUIT end the run while it lasts; SIGTSTP stops the process with
  /// the terminal as it was.
  ///
  /// - Returns: How the run ended, with what was recorded.
  /// - Throws: ``SystemError`` where a thread or a descriptor cannot be had; the guest did not run.
  public func run() throws(SystemError) -> RunResult {
    KickSignal.install()
    let signals = try SignalDescriptor(
      [Signal.interrupt, Signal.terminate, Signal.hangUp, Signal.quit, Signal.terminalStop]
        + (configuration.checkpoint?.trigger == .signal ? [Signal.user1] : []))
    let start = clock.now()
    let calibration = configuration.delivery.map { _ in TSCCalibration.Reading.take(clock) }
    let deadline = MonotonicClock.now() &+ configuration.hostTimeoutNanoseconds
    let devices = try watchDevices()
    try startThreads()
    do { try supervise(signals, devices, until: deadline) } catch {
      stop(.failed(error))
    }
    joinThreads()
    return result(startedAt: start.nanoseconds, delivery: calibration.flatMap(delivery))
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
    var scheduler = VirtualScheduler(self, exitCost: exitCost)
    scheduler.run()
    threadEnds(scheduler.loops)
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

  private func result(startedAt start: UInt64, delivery: DeliveryTrace?) -> RunResult {
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
      tsc: timeStampCounters?.account(of: shared.handle),
      waiting: waitingCost.withLock { $0 },
      deferredAlarms: timers.reduce(0) { $0 &+ $1.deferrals }, duration: now - start,
      delivery: delivery)
  }

  // MARK: Supervision

  private func supervise(
    _ signals: borrowing SignalDescriptor, _ devices: borrowing DescriptorSet,
    until deadline: UInt64
  ) throws(RunError) {
    var input = SerialInput()
    var watch = SilenceWatch(isNeeded: configuration.irqchip != .user)
    while !isStopping {
      let wanted = try wantedInput(&input)
      let now = MonotonicClock.now()
      if now >= deadline { return stop(.timedOut) }
      let ready = Poller.wait(
        for: [
          supervisorEvent.descriptor.number, signals.descriptor.number,
          wanted > 0 ? StandardStream.input.rawValue : -1, devices.descriptor.number,
        ], until: min(deadline, watch.nextLook(after: now)))
      if ready.contains(.descriptor(0)) { supervisorEvent.clear() }
      if ready.contains(.descriptor(1)) { handle(signals.next(), &input) }
      if ready.contains(.descriptor(2)) {
        try feed(upTo: wanted)
        watch.noteEvent()
      }
      if ready.contains(.descriptor(3)) {
        try serve(devices, woken: configuration.delivery == nil ? 0 : HostTSC.now())
        watch.noteEvent()
      }
      if isPaused { try finishPause(judging: watch.takeQuestion()) }
      if watch.isDue(at: MonotonicClock.now()) {
        if watch.look(at: MonotonicClock.now(), vcpus.map { $0.processorTime() }) { requestPause() }
      }
    }
  }

  private func serve(_ ready: borrowing DescriptorSet, woken: UInt64) throws(RunError) {
    while let index = ready.next() {
      do {
        if index < timers.count {
          try expire(timers[index], woken: woken)
        } else if index < timers.count + eventLines.count {
          let cpu = index - timers.count
          eventLines[cpu].clear()
          try controller.sampleAgain(cpu: cpu)
        } else {
          countCompareEventLine?.clear()
          try cp0[0].sayLevelsAgain()
        }
      } catch { throw .kvm(error) }
    }
  }

  /// Borrowing lends the timer without retaining it.
  private func expire(_ timer: borrowing any HostTimed, woken: UInt64) throws(KVMError) {
    try timer.hostTimerExpired(woken: woken)
  }

  private func handle(_ signal: Int32?, _ input: inout SerialInput) {
    switch signal {
    case nil: break
    case Signal.terminalStop:
      input.release()
      Signal.stopProcess()
    case Signal.user1: requestCheckpoint()
    case .some(let number): stop(.signalled(number))
    }
  }

  /// How many bytes the guest would take now: 0 until it listens, and after the end of the input.
  private func wantedInput(_ input: inout SerialInput) throws(RunError) -> Int {
    try withSerial { serial in
      guard serial.isListening && serial.isConnected else { return 0 }
      guard input.open() else { return 0 }
      if serial.room == 0 { serial.askForRoom() }
      return serial.room
    }
  }

  /// Gives the guest what there is.
  ///
  /// At the end of the input the line hangs up. A guest that waits for nothing else is dead then, and so
  /// is one whose receiver has been filled without an interrupt: the end cannot reach it any more.
  private func feed(upTo limit: Int) throws(RunError) {
    let bytes: [UInt8]
    do { bytes = try StandardStream.input.read(upTo: limit) } catch { throw .system(error) }
    try withSerial { serial in
      if bytes.isEmpty { serial.hangUp() } else { serial.receive(bytes) }
    }
    if configuration.irqchip == .user { endIfDead() }
  }

  private func withSerial<Result: Sendable>(
    _ body: (inout SerialPort) -> Result
  ) throws(RunError) -> Result {
    do { return try bus.serial.withDevice(body) } catch { throw .kvm(error) }
  }
}

/// Standard input as the far end of the serial line.
private struct SerialInput: ~Copyable {
  private var terminal: Terminal?

  init() { terminal = nil }

  /// Prepares the input, a terminal included, for reading key by key.
  ///
  /// - Returns: Whether it can be read; not while it is a terminal that belongs to another process
  ///   group, since reading that would stop this one.
  mutating func open() -> Bool {
    if StandardStream.input.isInBackground { return false }
    if terminal == nil { terminal = Terminal(unbuffering: .input) }
    return true
  }

  /// Gives the terminal back as it was, until the next ``open()``.
  mutating func release() { terminal = nil }
}
