internal import LinuxHost
internal import Synchronization

/// Pausing: every vCPU between two exits, and no thread that touches a device but one.
///
/// States: running -> pause wanted -> paused (every thread parked) -> running; stopping from any.
/// Any thread may ask for a pause. A thread that drives vCPUs parks itself, with the last exit of each
/// completed. The supervising thread alone sees that all are parked, and ends the pause.
extension Machine {
  /// Whether threads are to park.
  var isPauseWanted: Bool { pauseWanted.load(ordering: .sequentiallyConsistent) }

  /// Whether every thread that drives vCPUs is parked, and the run is not over.
  ///
  /// For the supervising thread, which alone ends a pause: so the answer stays true.
  ///
  /// *Order:* threads that have ended are not parked, but do not count either. They end only after the
  /// machine was told to stop, so that is asked last.
  var isPaused: Bool {
    isPauseWanted
      && parkedThreads.load(ordering: .sequentiallyConsistent)
        == runningThreads.load(ordering: .sequentiallyConsistent)
      && !isStopping
  }

  /// Asks all threads to park.
  ///
  /// *Order:* the wish comes before the kicks, and a loop clears `immediate_exit` before it looks for
  /// wishes, so none is missed (``VCPULoop/turn()``).
  func requestPause() {
    pauseWanted.store(true, ordering: .sequentiallyConsistent)
    for vcpu in vcpus { vcpu.kick() }
    wakeSupervisor()
  }

  /// Lets all threads go on.
  func endPause() {
    pauseWanted.store(false, ordering: .sequentiallyConsistent)
    for vcpu in vcpus { vcpu.kick() }
  }

  /// Parks the calling thread, which drives `loops`, until the pause or the machine ends.
  ///
  /// *Why exits are completed here:* only now do a vCPU's registers say where it is; some backends
  /// move RIP past an access when they are next entered.
  ///
  /// *Why nothing is missed:* as in a vCPU's sleep, the kick is let through by the wait itself.
  func park(_ loops: [VCPULoop]) throws(LoopError) {
    for loop in loops { try loop.settle() }
    KickSignal.block()
    defer { KickSignal.unblock() }
    parkedThreads.add(1, ordering: .sequentiallyConsistent)
    defer { parkedThreads.subtract(1, ordering: .sequentiallyConsistent) }
    wakeSupervisor()
    while isPauseWanted && !isStopping { _ = Poller.wait(for: [-1, -1, -1, -1]) }
  }

  /// Does what the pause was wanted for, and ends it or the run.
  ///
  /// A checkpoint that cannot be written ends the run only if it was to be its end. One that is wanted
  /// too soon after another is passed over.
  ///
  /// Assumes: ``isPaused``. For the supervising thread.
  func finishPause(_ pace: inout CheckpointPace) throws(RunError) {
    guard let plan = configuration.checkpoint, pace.allows(at: MonotonicClock.now()) else {
      return endPause()
    }
    do { try writeCheckpoint(to: plan.file) } catch {
      guard plan.keepsRunning else { throw .checkpoint(error) }
      if checkpointsFailed.add(1, ordering: .sequentiallyConsistent).oldValue == 0 {
        StandardStream.error.remark("swvmm: not saved: \(error); the run continues\n")
      }
    }
    pace.ended(at: MonotonicClock.now())
    if plan.keepsRunning { endPause() } else { stop(.checkpointed(file: plan.file)) }
  }

  /// Says why a checkpoint is not there yet.
  func remarkOnPause() {
    StandardStream.error.remark(
      "swvmm: not saved yet: a vCPU has not come to rest; is standard output being read?\n")
  }

  // MARK: Reasons

  /// An exit was handled, and the plan counts them.
  func noteExit() {
    let count = exits.add(1, ordering: .relaxed).newValue
    if configuration.checkpoint?.trigger == .exit(count) { requestPause() }
  }

  /// The guest set a mark.
  func noteMark(_ mark: UInt32) {
    if configuration.checkpoint?.trigger == .mark(mark) { requestPause() }
  }
}
