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
    try configuration.confinement?.prepare()
    try startThreads()
    do {
      try confineSupervisor()
      try supervise(signals, devices, until: deadline)
    } catch {
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
    confineVCPUThread()
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
    confineVCPUThread()
    let loops = vcpus.map { VCPULoop($0, of: self) }
    guard case .virtual(let clock) = clock else { preconditionFailure("a host clock") }
    VirtualScheduler(
      self, clock, loops: loops, exitCost: exitCost, budget: configuration.timeoutNanoseconds
    ).run(from: nextVirtualTurn.load(ordering: .sequentiallyConsistent))
    threadEnds(loops)
  }

  private func confineSupervisor() throws(RunError) {
    do { try configuration.confinement?.confineSupervisor() } catch { throw .system(error) }
  }

  /// Gives up what the calling thread, which runs vCPUs, does not need.
  ///
  /// Where that fails no guest is entered: a loop looks whether the run is over before it does.
  private func confineVCPUThread() {
    do { try configuration.confinement?.confineVCPU() } catch { stop(.failed(.system(error))) }
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
      for vcpu in vcpus { vcpu.kick() }
    }
    for vcpu in vcpus { vcpu.join() }
  }

  private func result(startedAt start: UInt64, delivery: DeliveryTrace?) -> RunResult {
    guard let outcome = result else { preconditionFailure("a run ended without an outcome") }
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
      if ready.contains(.descriptor(2)) { try feed(upTo: wanted) }
      if ready.contains(.descriptor(3)) {
        try serve(devices, woken: configuration.delivery == nil ? 0 : HostTSC.now())
      }
      if isPaused { try finishPause() }
      if watch.isSilent(vcpus) { for vcpu in vcpus { vcpu.requestReport() } }
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
    case Signal.user1: requestPause()
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
  /// At the end of the input the line hangs up, and a guest that waits for nothing else is dead.
  private func feed(upTo limit: Int) throws(RunError) {
    let bytes: [UInt8]
    do { bytes = try StandardStream.input.read(upTo: limit) } catch { throw .system(error) }
    try withSerial { serial in
      if bytes.isEmpty { serial.hangUp() } else { serial.receive(bytes) }
    }
    if bytes.isEmpty && configuration.irqchip == .user { endIfDead() }
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

/// Tells when to look whether vCPUs that halt inside the kernel are all halted for good.
///
/// A kick would disturb what a guest measures, so a guest that does anything is never kicked: only
/// after a quarter of a second in which no vCPU used any processor time are they asked, once.
private struct SilenceWatch {
  private static let interval: UInt64 = 250_000_000

  private enum Phase {
    /// The vCPUs are at work, as far as is known.
    case watching
    /// They were asked just now, which cost them processor time.
    case asked
    /// They answered, and have done nothing since: there is nothing new to ask about.
    case answered
  }

  private let isNeeded: Bool
  private var phase = Phase.watching
  private var lastLook: UInt64 = 0
  private var lastTimes: [UInt64] = []

  init(isNeeded: Bool) { self.isNeeded = isNeeded }

  func nextLook(after now: UInt64) -> UInt64 {
    isNeeded ? max(now, lastLook + Self.interval) : .max
  }

  mutating func isSilent(_ vcpus: [VCPU]) -> Bool {
    let now = MonotonicClock.now()
    guard isNeeded && now >= lastLook + Self.interval else { return false }
    lastLook = now
    let times = vcpus.map { $0.processorTime() }
    defer { lastTimes = times }
    switch phase {
    case .watching:
      guard times == lastTimes else { return false }
      phase = .asked
      return true
    case .asked: phase = .answered
    case .answered: if times != lastTimes { phase = .watching }
    }
    return false
  }
}
