internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TerminalText

/// Pausing: every vCPU between two instructions, and no thread that touches a device but one.
///
/// States: running -> pause wanted -> paused (every thread parked) -> running; stopping from any.
/// Any thread may ask for a pause. A thread that drives vCPUs parks itself, with the last exit of each
/// completed. The supervising thread alone sees that all are parked, and ends the pause.
extension Machine {
  /// Whether threads are to park.
  var isPauseWanted: Bool { pauseGate.isWanted }

  /// Whether every thread that drives vCPUs is parked, and the run is not over.
  ///
  /// For the supervising thread, which alone ends a pause: so the answer stays true.
  ///
  /// *Order:* threads that have ended are not parked, but do not count either. They end only after the
  /// machine was told to stop, so that is asked last.
  var isPaused: Bool {
    pauseGate.isAcknowledged(byAll: runningThreads.load(ordering: .sequentiallyConsistent))
      && !isStopping
  }

  /// Asks all threads to park.
  ///
  /// *Order:* the wish comes before the kicks, and a loop clears `immediate_exit` before it looks for
  /// wishes, so none is missed (``VCPULoop/turn()``).
  func requestPause() {
    pauseGate.request()
    kickAll()
    wakeSupervisor()
  }

  /// Lets all threads continue.
  func endPause() {
    pauseGate.end()
    kickAll()
  }

  /// Gets every vCPU out of the guest and out of a wait.
  ///
  /// *Order:* vCPU 0 comes last, because in virtual time its thread drives all of them and is the only
  /// one to get a signal. Whichever it is about to enter, that one's `immediate_exit` is set by then: a
  /// `KVM_RUN` that looked at it before is inside the kernel when the signal comes, and ends by that.
  func kickAll() { for vcpu in vcpus.reversed() { vcpu.kick() } }

  /// Parks the calling thread, which drives `loops`, until the pause or the machine ends.
  ///
  /// *Why exits are completed here:* only now do a vCPU's registers say where it is; some backends
  /// move RIP past an access when they are next entered.
  ///
  /// *Order:* what a completion does to devices comes before the acknowledgement, after which this thread
  /// touches none until the pause is over.
  ///
  /// *Why nothing is missed:* as in a vCPU's sleep, the kick is let through by the wait itself.
  func park(_ loops: [VCPULoop]) throws(KVMError) {
    for loop in loops { try loop.settle() }
    KickSignal.block()
    defer { KickSignal.unblock() }
    let pause = pauseGate.acknowledge()
    wakeSupervisor()
    while !pauseGate.isOver(pause) && !isStopping { Poller.pause() }
  }

  /// Does what the pause was wanted for, and ends it or the run.
  ///
  /// Assumes: ``isPaused``. For the supervising thread.
  ///
  /// *Order:* the debugger's breakpoints are out of memory before it is looked at. The checkpoint comes first:
  /// of a guest that is dead it is worth as much. A pause that the debugger has made its own is not ended here.
  ///
  /// - Parameters:
  ///   - isJudged: Whether to find out if the guest is dead (``isProvenDead()``).
  ///   - pace: How often checkpoints may be written; one that is wanted too soon is passed over.
  ///   - debugger: The debugger's session, if there is one.
  /// - Throws: ``KVMError`` where KVM does not say whether the guest is dead.
  func finishPause(
    judging isJudged: Bool, _ pace: inout CheckpointPace, _ debugger: DebugSession?
  ) throws(KVMError) {
    debugger?.liftBreakpoints()
    if checkpoints.isWanted.exchange(false, ordering: .sequentiallyConsistent),
      let plan = configuration.checkpoint, pace.allows(at: MonotonicClock.now())
    {
      save(by: plan)
      pace.ended(at: MonotonicClock.now())
      guard plan.keepsRunning else { return }
    }
    if isJudged, try isProvenDead() {
      stop(.dead)
      if isStopping { return }
    }
    if debugger?.holds() == true || isStopping { return }
    endPause()
  }

  /// Writes the checkpoint, which ends the run if that is the plan; one that cannot be written does so
  /// only then.
  private func save(by plan: CheckpointPlan) {
    do {
      try writeCheckpoint(to: plan.file)
      guard plan.keepsRunning else { return stop(.checkpointed(file: plan.file)) }
      let number = checkpoints.written.load(ordering: .sequentiallyConsistent)
      remark("checkpoint \(number) written to \(plan.file); the run continues")
    } catch {
      guard plan.keepsRunning else { return stop(.failed(.checkpoint(error))) }
      if checkpoints.failed.add(1, ordering: .sequentiallyConsistent).oldValue == 0 {
        remark("not saved: \(error); the run continues")
      }
    }
  }

  /// Whether the pause that is wanted is for a checkpoint.
  var isCheckpointWanted: Bool { checkpoints.isWanted.load(ordering: .sequentiallyConsistent) }

  /// Says why a checkpoint is not there yet.
  func remarkOnPause() {
    remark("not saved yet: a vCPU has not come to rest; is standard output being read?")
  }

  /// A line on standard error while the run continues, on its own line where the guest's output is beside it.
  ///
  /// A machine whose guest's output goes nowhere is part of a larger work, which says itself what is to be said.
  private func remark(_ text: String) {
    guard let output = configuration.console else { return }
    let isInGuestLine =
      console.isMidLine && output.isTerminal && StandardStream.error.isTerminal
    StandardStream.error.remark("\(isInGuestLine ? "\n" : "")swvmm: \(text.visible)\n")
  }

  // MARK: Reasons

  /// Asks for a pause in which a checkpoint is written.
  ///
  /// *Order:* the reason comes before the pause, so a thread that sees the machine paused sees it.
  func requestCheckpoint() {
    checkpoints.isWanted.store(true, ordering: .sequentiallyConsistent)
    requestPause()
  }

  /// An exit was handled, and the plan counts them.
  func noteExit() {
    let count = checkpoints.exits.add(1, ordering: .relaxed).newValue
    if configuration.checkpoint?.trigger == .exit(count) { requestCheckpoint() }
  }

  /// The guest set a mark.
  func noteMark(_ mark: UInt32) {
    if configuration.checkpoint?.trigger == .mark(mark) { requestCheckpoint() }
  }
}
