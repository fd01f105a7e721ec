internal import KVM
internal import TimerModels

/// What one vCPU records; owned by its thread, so it needs no lock.
///
/// *Assumes:* there is something to record, else nothing is noted here (``VCPULoop/isRecording``). With
/// statistics an exit costs three reads of the clock; all storage is laid out before the guest starts.
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
    trace = TraceRing(
      capacity: recording.contains(.trace)
        ? TraceRing.defaultCapacity : recording.contains(.latest) ? TraceRing.latestCapacity : 0)
    if recording.contains(.statistics) { statistics.reserve() }
  }

  mutating func willEnter() {
    kind = nil
    entered = clock.now().nanoseconds
  }

  mutating func didExit(_ exit: VCPUExit) {
    // In virtual time a signal of the host's is nothing that happened.
    if exit == .interrupted && clock.isVirtual { return }
    // Nor is a debugger's stop.
    if case .debug = exit { return }
    exited = clock.now().nanoseconds
    kind = ExitKind(exit)
    trace.append(TraceEvent(time: exited, cpu: cpu, content: .exit(exit)))
  }

  mutating func didHandle() {
    guard recording.contains(.statistics), let kind else { return }
    statistics.note(
      kind, guestNanoseconds: exited - entered, hostNanoseconds: clock.now().nanoseconds - exited)
  }

  mutating func noteInterrupt(vector: UInt8) {
    guard !recording.isDisjoint(with: [.trace, .latest]) else { return }
    trace.append(
      TraceEvent(time: clock.now().nanoseconds, cpu: cpu, content: .interrupt(vector: vector)))
  }

  mutating func note(mark: UInt32) {
    statistics.marks += 1
    trace.append(TraceEvent(time: clock.now().nanoseconds, cpu: cpu, content: .mark(mark)))
  }
}
