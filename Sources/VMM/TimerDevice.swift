internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// A timer in its place: a model behind a lock, with the host timer that wakes it and the line that
/// it drives.
///
/// ``withModel(_:)`` is the only way in, for the guest's accesses, the host's, a freeze and the host
/// timer's expiry alike. So any two of them come one after the other, each at an instant that was
/// read after the lock was taken: time never runs backwards from one operation to the next.
///
/// *Guarantee:* when it returns, the host timer is armed for the model's ``TimerModel/alarm``, and
/// the line has the level of its ``TimerModel/interruptLine``.
struct TimerDevice<Model: TimerModel>: ~Copyable, Sendable {
  // Not private: this compiler emits a private type nested in a generic one with broken linkage.
  struct State: Sendable {
    var model: Model
    var drivenLevel = false
    /// What the host timer is armed for; nil when it is not.
    var armed: Instant?
  }

  private let state: Mutex<State>
  private let clock: MachineClock
  /// Under a virtual clock there is none: the scheduler looks at ``alarm``.
  private let hostTimer: TimerDescriptor?
  private let line: Int
  private let sink: (any InterruptSink)?

  /// Places a timer.
  ///
  /// - Throws: ``SystemError`` where the host timer cannot be had.
  init(
    _ clock: MachineClock, line: Int, sink: (any InterruptSink)?,
    model: (_ now: Instant) -> Model
  ) throws(SystemError) {
    if case .host = clock { hostTimer = try TimerDescriptor() } else { hostTimer = nil }
    state = Mutex(State(model: model(clock.now())))
    self.clock = clock
    self.line = line
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

  private func settle(_ state: inout State) throws(KVMError) {
    let alarm = state.model.alarm
    if alarm != state.armed {
      state.armed = alarm
      if let alarm { hostTimer?.arm(at: alarm.nanoseconds) } else { hostTimer?.disarm() }
    }
    let level = state.model.interruptLine
    guard level != state.drivenLevel else { return }
    state.drivenLevel = level
    try drive(sink, line, isHigh: level)
  }
}
