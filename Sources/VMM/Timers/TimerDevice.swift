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
/// States: guest running <-> owner waiting. The thread of the timer's vCPU alone goes from one to the
/// other; while it waits it watches the alarm itself, and the host timer, which the supervising thread
/// serves, is its backup.
///
/// *Guarantee:* when an operation returns, whoever listens to the lines has heard of their levels; and
/// while the model has an ``TimerModel/alarm`` the host timer expires, at most ``backupDelay``
/// later than the alarm if the owner waits, and else no later than the alarm or, in a storm, than
/// ``ExpiryPacing`` allows. It may expire earlier: an expiry is a hint.
///
/// *Lock order:* a device's lock comes before an interrupt controller's.
struct TimerDevice<Model: WiredTimer, Lines: LineMemoryRules>: ~Copyable, Sendable {
  // Not private: this compiler emits a private type nested in a generic one with broken linkage.
  struct State: Sendable {
    var model: Model
    var lines = Lines()
    /// What the host timer is armed for; nil when it is not.
    var armed: Instant?
    var isOwnerWaiting = false
    var pacing = ExpiryPacing()
    var stamps: HostStamps

    func expires(by instant: Instant) -> Bool { armed.map { $0 <= instant } ?? false }
  }

  /// Nanoseconds that the owner is given before the supervising thread takes a wait over from it: no
  /// wake-up in time is as late.
  static var backupDelay: UInt64 { 20_000_000 }

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
  /// *Why the armed instant is forgotten:* a host timer fires once. Where it was early, for an alarm
  /// that has moved since or by the clock's rounding, it has to be armed again.
  ///
  /// *Order:* the expiry is taken after the lines are driven, for which somebody waits, and before the
  /// host timer is armed again, or the new expiry might go with the old.
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
      hostTimer?.clear()
      state.armed = nil
      state.pacing.noteExpiry(at: now)
      settleHostTimer(&state)
    }
  }

  // MARK: For the thread of the timer's vCPU

  /// The owner waits for the alarm itself from now on.
  ///
  /// - Returns: The alarm; nobody but the owner, or the backup, changes it meanwhile.
  func beginWait() -> Instant? {
    state.withLock { state in
      state.isOwnerWaiting = true
      guard let alarm = state.model.alarm else { return nil }
      // Exactly so late: one that expired for an earlier alarm would wake the other thread in vain.
      arm(&state, at: alarm.adding(nanoseconds: Self.backupDelay))
      return alarm
    }
  }

  /// The owner waits no longer.
  ///
  /// *Why no system call lies between the alarm and the guest's entry:* the host timer is armed early
  /// enough for the next alarm, and without one it expires for nothing, once.
  func endWait() throws(KVMError) {
    try state.withLock { (state: inout State) throws(KVMError) in
      state.isOwnerWaiting = false
      state.model.wakeUp(at: clock.now())
      try settleLines(&state)
      if state.model.alarm != nil { settleHostTimer(&state) }
    }
  }

  /// What was stamped so far.
  var stamps: HostStamps { state.withLock { $0.stamps } }

  /// How often an alarm had to wait because the host timer expired too often before.
  var deferrals: UInt64 { state.withLock { $0.pacing.deferrals } }

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

  /// *Order:* the lines first, because somebody may be waiting for them, and nobody for the other.
  private func settle(_ state: inout State) throws(KVMError) {
    try settleLines(&state)
    settleHostTimer(&state)
  }

  private func settleLines(_ state: inout State) throws(KVMError) {
    let levels = state.model.lineLevels
    guard levels != state.lines.pushed else { return }
    try push(levels, &state.lines)
    state.stamps.note(levels == 0 ? .lineLow : .lineHigh)
  }

  private func settleHostTimer(_ state: inout State) {
    guard let alarm = state.model.alarm else { return disarm(&state) }
    if state.isOwnerWaiting {
      let latest = alarm.adding(nanoseconds: Self.backupDelay)
      if !state.expires(by: latest) { arm(&state, at: latest) }
    } else if !state.expires(by: max(alarm, state.pacing.earliest)) {
      arm(&state, at: state.pacing.expiry(for: alarm))
    }
  }

  private func arm(_ state: inout State, at instant: Instant) {
    guard case .host(let clock) = clock, state.armed != instant else { return }
    state.armed = instant
    hostTimer?.arm(at: clock.hostTime(of: instant))
  }

  private func disarm(_ state: inout State) {
    guard state.armed != nil else { return }
    state.armed = nil
    hostTimer?.disarm()
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
