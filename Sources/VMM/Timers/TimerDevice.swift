internal import KVM
internal import LinuxHost
internal import TimerModels

/// A timer in its place: a model behind a lock, with the host timer that wakes it and the lines
/// that it drives.
///
/// The guest's accesses, the host's, a freeze and the host timer's expiry all take the one lock. So any
/// two of them come one after the other, each at an instant that was read after the lock was taken: time
/// never runs backwards from one operation to the next.
///
/// What it decides is in two values, which are searched without it: ``LineMemory`` says which levels to push,
/// ``HostTimerPlan`` what to do with the host timer, in either state: guest running, or owner waiting. The
/// thread of the timer's vCPU alone goes from one to the other; while it waits it watches the alarm itself,
/// and the host timer, which the supervising thread serves, is its backup.
///
/// *Guarantee:* when an operation returns, the lines' listener has heard of their levels, and what the plan
/// says is done.
///
/// *Lock order:* a device's lock comes before an interrupt controller's.
struct TimerDevice<Model: WiredTimer, Lines: LineMemoryRules>: ~Copyable, Sendable {
  // Not private: this compiler emits a private type nested in a generic one with broken linkage.
  struct State: Sendable {
    var model: Model
    var lines = Lines()
    var plan = HostTimerPlan()
    var stamps: HostStamps
  }

  private let state: Lock<State>
  private let clock: MachineClock
  /// Under a virtual clock there is none: the scheduler looks at ``alarm``.
  private let hostTimer: TimerDescriptor?
  private let sink: (any InterruptSink)?

  /// Places a timer.
  ///
  /// - Parameters:
  ///   - clock: The machine's.
  ///   - sink: What the lines lead to.
  ///   - stampCapacity: How many events to stamp.
  ///   - model: The timer at the present.
  /// - Throws: ``SystemError`` where the host timer cannot be had.
  init(
    _ clock: MachineClock, sink: (any InterruptSink)?, stampCapacity: Int = 0,
    model: (_ now: Instant) -> Model
  ) throws(SystemError) {
    if case .host = clock { hostTimer = try TimerDescriptor() } else { hostTimer = nil }
    state = Lock(State(model: model(clock.now()), stamps: HostStamps(capacity: stampCapacity)))
    self.clock = clock
    self.sink = sink
  }

  /// The host timer's descriptor, readable from the alarm on; -1 under a virtual clock.
  var descriptorNumber: Int32 {
    switch hostTimer {
    case .some(let timer): timer.descriptor.number
    case .none: -1
    }
  }

  /// Carries out one operation at the present, and makes the world agree with its result.
  func withModel<Result: Sendable>(
    _ body: (inout Model, _ now: Instant) -> Result
  ) throws(KVMError) -> Result {
    try state.withLock { (state: inout State) throws(KVMError) -> Result in
      let result = body(&state.model, clock.now())
      try settle(&state)
      return result
    }
  }

  /// Re-evaluates the timer now; spurious calls are harmless.
  func wakeUp() throws(KVMError) { try withModel { model, now in model.wakeUp(at: now) } }

  /// The host timer expired.
  ///
  /// *Order:* the expiry is taken after the lines are driven, because their listener waits.
  ///
  /// - Parameter woken: The TSC when the thread that serves it woke, 0 if nobody looked.
  /// - Throws: ``KVMError`` where a line cannot be driven.
  func hostTimerExpired(woken: UInt64) throws(KVMError) {
    try state.withLock { (state: inout State) throws(KVMError) in
      state.stamps.note(.hostWake, at: woken)
      state.stamps.note(.threadRunning)
      let now = clock.now()
      state.model.wakeUp(at: now)
      try settleLines(&state)
      let commands = state.plan.expire(at: now, alarm: state.model.alarm)
      for index in commands.indices { carryOut(commands[index]) }
    }
  }

  // MARK: For the thread of the timer's vCPU

  /// The owner waits for the alarm itself from now on.
  ///
  /// - Returns: The alarm; nobody but the owner, or the backup, changes it meanwhile.
  func beginWait() -> Instant? {
    state.withLock { state in
      let alarm = state.model.alarm
      carryOut(state.plan.beginWait(alarm: alarm))
      return alarm
    }
  }

  /// The owner waits no longer.
  func endWait() throws(KVMError) {
    try state.withLock { (state: inout State) throws(KVMError) in
      state.model.wakeUp(at: clock.now())
      try settleLines(&state)
      carryOut(state.plan.endWait(alarm: state.model.alarm))
    }
  }

  /// What was stamped so far.
  var stamps: HostStamps { state.withLock { $0.stamps } }

  /// How often an alarm had to wait because the host timer expired too often before.
  var deferrals: UInt64 { state.withLock { $0.plan.state.pacing.deferrals } }

  /// The lines are low at their far end, which was made low or is new: says their levels again, with no
  /// time passing for the model.
  func resample() throws(KVMError) {
    try state.withLock { (state: inout State) throws(KVMError) in
      state.lines.pushed = 0
      try settle(&state)
    }
  }

  /// The model as it is; time does not pass for it.
  var model: Model { state.withLock { $0.model } }

  /// Carries the model's state; the next operation then makes the world agree with it.
  func carry<Carrier: StateCarrier>(
    by carrier: inout Carrier
  ) throws(Carrier.Failure) where Model: Checkpointed {
    try state.withLock { (state: inout State) throws(Carrier.Failure) in
      try state.model.carry(by: &carrier)
    }
  }

  /// *Order:* the lines first: their listener may be waiting, and nothing waits for the other.
  private func settle(_ state: inout State) throws(KVMError) {
    try settleLines(&state)
    carryOut(state.plan.settle(alarm: state.model.alarm))
  }

  private func settleLines(_ state: inout State) throws(KVMError) {
    let levels = state.model.lineLevels
    guard levels != state.lines.pushed else { return }
    try push(levels, &state.lines)
    state.stamps.note(levels == 0 ? .lineLow : .lineHigh)
  }

  /// Does with the host timer what the plan says; nothing under a virtual clock, which has none.
  private func carryOut(_ command: HostTimerCommand?) {
    guard let command, case .host(let clock) = clock else { return }
    switch command {
    case .arm(let instant): hostTimer?.arm(at: clock.hostTime(of: instant))
    case .disarm: hostTimer?.disarm()
    case .take: hostTimer?.clear()
    }
  }

  private func push(_ levels: UInt32, _ lines: inout Lines) throws(KVMError) {
    var changed = lines.changes(to: levels, isListening: isHeard(by: sink))
    while changed != 0 {
      let line = changed.trailingZeroBitCount
      try drive(sink, line, isHigh: levels >> line & 1 == 1)
      changed &= changed - 1
    }
  }
}
