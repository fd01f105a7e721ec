internal import KVM
internal import TimerModels

/// What one vCPU records; owned by its thread, so it needs no lock.
///
/// *Assumes:* there is something to record, else nothing is noted here (``VCPULoop/isRecording``). With
/// statistics an exit costs three reads of the clock; all storage is laid out before the guest starts. What notes an
/// exit is never put in place: it would lie in the way of the runs that record nothing.
struct ExitRecorder {
  private let recording: Recording
  private let clock: MachineClock
  private let cpu: Int
  private(set) var statistics = ExitStatistics()
  private(set) var trace: TraceRing
  private var entered: UInt64 = 0
  private var exited: UInt64 = 0
  /// What the exit in hand is counted under; nil while there is none that counts.
  private var kind: ExitKind?

  init(_ recording: Recording, clock: MachineClock, cpu: Int) {
    self.recording = recording
    self.clock = clock
    self.cpu = cpu
    trace = TraceRing(capacity: recording.exitCapacity)
    if recording.contains(.statistics) { statistics.reserve() }
  }

  @inline(never)
  mutating func willEnter() {
    kind = nil
    entered = clock.now().nanoseconds
  }

  /// Notes an exit.
  ///
  /// - Parameters:
  ///   - exit: The exit.
  ///   - output: What the first repetition of an `out` wrote.
  @inline(never)
  mutating func didExit(_ exit: VCPUExit, output: UInt32) {
    // In virtual time a signal of the host's is nothing that happened.
    if exit == .interrupted && clock.isVirtual { return }
    // Nor is a debugger's stop.
    if case .debug = exit { return }
    exited = clock.now().nanoseconds
    kind = ExitKind(exit)
    let written: UInt64? =
      switch exit {
      case .port(let access) where access.isWrite: UInt64(output)
      case .store(_, _, let value), .storeRegister(_, let value): value
      default: nil
      }
    trace.append(TraceEvent(time: exited, cpu: cpu, content: .exit(exit), value: written))
  }

  @inline(never)
  mutating func didHandle() {
    guard recording.contains(.statistics), let kind else { return }
    statistics.note(
      kind, guestNanoseconds: exited - entered, hostNanoseconds: clock.now().nanoseconds - exited)
  }

  /// Notes what the access of the exit in hand read.
  @inline(never)
  mutating func note(read value: UInt64) { trace.complete(value: value) }

  mutating func noteInterrupt(vector: UInt8) {
    guard !recording.isDisjoint(with: [.trace, .latest]) else { return }
    trace.append(
      TraceEvent(time: clock.now().nanoseconds, cpu: cpu, content: .interrupt(vector: vector)))
  }

  @inline(never)
  mutating func note(mark: UInt32) {
    statistics.marks += 1
    trace.append(TraceEvent(time: clock.now().nanoseconds, cpu: cpu, content: .mark(mark)))
  }
}
