internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// A timer as it is wired up: a model that says which level is on which line.
protocol WiredTimer: TimerModel {
  /// The levels, bit n for the line that its sink knows as n; other bits are 0.
  var lineLevels: UInt32 { get }
}

/// A timer that a host timer wakes, whatever else it is.
protocol HostTimed: AnyObject, Sendable {
  /// The host timer's descriptor; -1 under a virtual clock.
  var descriptorNumber: Int32 { get }
  /// When the timer wants to be woken; nil when it need not.
  var alarm: Instant? { get }

  func wakeUp() throws(KVMError)

  /// Carries what a checkpoint holds; after it was brought back, ``wakeUp()`` sets the host timer and
  /// drives the lines.
  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure)
}

/// A timer in its place: a model behind a lock, with the host timer that wakes it and the lines
/// that it drives.
///
/// ``withModel(_:)`` is the only way in, for the guest's accesses, the host's, a freeze and the host
/// timer's expiry alike. So any two of them come one after the other, each at an instant that was
/// read after the lock was taken: time never runs backwards from one operation to the next.
///
/// *Guarantee:* when it returns, the host timer is armed for the model's ``TimerModel/alarm``, and
/// whoever listens to its lines has heard of their levels.
///
/// *Lock order:* a device's lock comes before an interrupt controller's.
struct TimerDevice<Model: WiredTimer, Lines: LineMemoryRules>: ~Copyable, Sendable {
  // Not private: this compiler emits a private type nested in a generic one with broken linkage.
  struct State: Sendable {
    var model: Model
    var lines = Lines()
    /// What the host timer is armed for; nil when it is not.
    var armed: Instant?
  }

  private let state: Mutex<State>
  private let clock: MachineClock
  /// Under a virtual clock there is none: the scheduler looks at ``alarm``.
  private let hostTimer: TimerDescriptor?
  private let sink: (any InterruptSink)?

  /// Places a timer.
  ///
  /// - Throws: ``SystemError`` where the host timer cannot be had.
  init(
    _ clock: MachineClock, sink: (any InterruptSink)?, model: (_ now: Instant) -> Model
  ) throws(SystemError) {
    if case .host = clock { hostTimer = try TimerDescriptor() } else { hostTimer = nil }
    state = Mutex(State(model: model(clock.now())))
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
    try state.withLock { (state: inout sending State) throws(KVMError) -> Result in
      let result = body(&state.model, clock.now())
      try settle(&state)
      return result
    }
  }

  /// The host timer expired, early or late, or somebody thinks that it might have.
  ///
  /// *Why the armed instant is forgotten:* a host timer fires once. If it was early the alarm is
  /// what it was, and has to be armed again.
  func wakeUp() throws(KVMError) {
    try state.withLock { (state: inout sending State) throws(KVMError) in
      hostTimer?.clear()
      state.armed = nil
      state.model.wakeUp(at: clock.now())
      try settle(&state)
    }
  }

  /// The model as it is; time does not pass for it.
  var model: Model { state.withLock { $0.model } }

  /// Carries the model's state; ``wakeUp()`` then makes the world agree with it.
  func carry<Carrier: StateCarrier>(
    by carrier: inout Carrier
  ) throws(Carrier.Failure) where Model: Checkpointed {
    try state.withLock { (state: inout sending State) throws(Carrier.Failure) in
      try state.model.carry(by: &carrier)
    }
  }

  private func settle(_ state: inout State) throws(KVMError) {
    let alarm = state.model.alarm
    if alarm != state.armed {
      state.armed = alarm
      setHostTimer(alarm)
    }
    let levels = state.model.lineLevels
    if levels != state.lines.pushed { try push(levels, &state.lines) }
  }

  private func setHostTimer(_ alarm: Instant?) {
    guard case .host(let clock) = clock else { return }
    if let alarm { hostTimer?.arm(at: clock.hostTime(of: alarm)) } else { hostTimer?.disarm() }
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
