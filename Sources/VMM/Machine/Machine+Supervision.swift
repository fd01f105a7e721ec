internal import KVM
internal import LinuxHost

/// What the thread that runs a machine does while its guest runs.
extension Machine {
  func watchDevices() throws(SystemError) -> WatchedDevices {
    var watched = try WatchedDevices()
    for own in wiring.devices {
      try watched.add(own.cp0.descriptorNumber, .countCompare(cpu: own.cpu))
      try watched.add(own.genericTimer.descriptorNumber, .genericTimer(cpu: own.cpu))
    }
    for (cpu, line) in wiring.eventLines.enumerated() {
      try watched.add(line.descriptorNumber, .controllerLine(cpu: cpu))
    }
    if let line = wiring.countCompareEventLine {
      try watched.add(line.descriptorNumber, .countCompareLine)
    }
    try watched.add(console.timer.descriptor.number, .output)
    return watched
  }

  /// Serves whatever comes until the run is to end.
  ///
  /// *Order:* a thread with a message leaves it first and raises the event then; here the event is taken
  /// back before messages are looked for. So none is missed, a signal's included.
  func supervise(
    _ devices: borrowing WatchedDevices, _ debugger: DebugSession?, until deadline: UInt64
  ) throws(KVMError) {
    let terminal = Terminal(of: .input)
    var watch = IdleDetector(isNeeded: configuration.irqchip != .user)
    var pace = CheckpointPace()
    while !isStopping {
      if let signal = ProcessSignals.ending { return stop(.signalled(signal)) }
      let now = MonotonicClock.now()
      if now >= deadline { return stop(configuration.hostLimit.outcome) }
      let nextSave = answerUserSignal(pace, at: now)
      let wish = try inputWish()
      let holder = wish == .nothing ? .absent : terminal.hold()
      if pace.isOverdue(at: now, isPauseWanted: isPauseWanted && isCheckpointWanted) {
        remarkOnPause()
      }
      // In pairs: of more than three the least is taken in an array, which is allocated.
      let nextLook = min(
        min(watch.nextLook(after: now), pace.nextLook),
        min(nextSave, holder == .another ? now + Self.terminalInterval : .max))
      let ready: Poller.Readable
      do {
        ready = try Poller.wait(
          for: [
            supervisorEvent.descriptor.number, devices.descriptorNumber,
            wish == .bytes && holder != .another ? StandardStream.input.rawValue : -1,
            debugger?.descriptorNumber ?? -1,
          ], until: min(deadline, nextLook), admitsUserSignal: true)
      } catch {
        return stop(.failed(.system(error)))
      }
      if ready.contains(.descriptor(0)) { supervisorEvent.clear() }
      if ready.contains(.descriptor(1)) {
        try serve(devices, woken: configuration.delivery == nil ? 0 : HostTSC.now())
        watch.noteEvent()
      }
      if ready.contains(.descriptor(2)) {
        try feed(terminal)
        watch.noteEvent()
      }
      if ready.contains(.descriptor(3)) { debugger?.receive() }
      if isPaused { try finishPause(judging: watch.takeQuestion(), &pace, debugger) }
      if watch.isDue(at: MonotonicClock.now()) {
        if watch.look(at: MonotonicClock.now(), vcpus.map { $0.processorTime() }) { requestPause() }
      }
    }
  }

  /// How often to look whether a terminal that another process group has is this one's again, in
  /// nanoseconds: a shell that brings a running job to the foreground sends no signal.
  private static let terminalInterval: UInt64 = 100_000_000

  private func serve(_ devices: borrowing WatchedDevices, woken: UInt64) throws(KVMError) {
    while let device = devices.next() {
      switch device {
      case .countCompare(let cpu): try expire(wiring.devices[cpu].cp0, woken: woken)
      case .genericTimer(let cpu): try expire(wiring.devices[cpu].genericTimer, woken: woken)
      case .controllerLine(let cpu):
        wiring.eventLines[cpu].clear()
        try wiring.controller.resample(cpu: cpu)
      case .countCompareLine:
        wiring.countCompareEventLine?.clear()
        try wiring.devices[0].cp0.resample()
      case .output:
        console.expire()
        kickAll()
      }
    }
  }

  /// Borrowing lends the timer without retaining it.
  private func expire(_ timer: borrowing some PlatformTimer, woken: UInt64) throws(KVMError) {
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
}
