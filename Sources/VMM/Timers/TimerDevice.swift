internal import KVM
internal import LinuxHost
internal import TimerModels

/// A timer in its place: its page behind a lock, with the host timer that wakes it and the lines
/// that it drives.
///
/// The guest's accesses, the host's, a freeze and the host timer's expiry all take the one lock. So any
/// two of them come one after the other, each at an instant that was read after the lock was taken: time
/// never runs backwards from one operation to the next.
///
/// What it decides is in values, which are searched without it: ``LineMemory`` says which levels to push,
/// ``TimerTime`` which instant the page is told, and
/// ``HostTimerPlan`` what to do with the host timer, in either state: guest running, or owner waiting. The
/// thread of the timer's vCPU alone goes from one to the other; while it waits it watches the alarm itself,
/// and the host timer, which the supervising thread serves, is its backup.
///
/// *Guarantee:* when an operation returns, the lines' listener has heard of their levels, and what the plan
/// says is done.
///
/// *Lock order:* a device's lock comes before an interrupt controller's.
///
/// *Why what a guest causes is specialised:* a machine learns at run time which rules its timers follow, so
/// the compiler sees no concrete type where it calls them, and generic code takes three times as long.
final class TimerDevice<Page: TimerPage, Lines: LineMemoryRules>: PlatformTimer {
  // Not private: this compiler emits a private type nested in a generic one with broken linkage.
  struct State: Sendable {
    var page: Page
    var lines = Lines()
    var plan = HostTimerPlan()
    var time = TimerTime()
    var stamps: HostStamps
    var recorder: TimerRecorder
  }

  private let state: Lock<State>
  private let clock: MachineClock
  /// Under a virtual clock there is none: the scheduler looks at ``alarm``.
  private let hostTimer: TimerDescriptor?
  private let sink: (any InterruptSink)?
  /// Whether what happens is recorded; asked first, as ``VCPULoop/isRecording``.
  private let isRecorded: Bool

  /// Places a timer.
  ///
  /// - Parameters:
  ///   - clock: The machine's.
  ///   - sink: What the lines lead to.
  ///   - stampCapacity: How many events to stamp.
  ///   - recorder: What records what happens.
  ///   - page: The timer's page at the present.
  /// - Throws: ``SystemError`` where the host timer cannot be had.
  init(
    _ clock: MachineClock, sink: (any InterruptSink)?, stampCapacity: Int = 0,
    recorder: TimerRecorder = TimerRecorder(), page: (_ now: Instant) -> Page
  ) throws(SystemError) {
    if case .host = clock { hostTimer = try TimerDescriptor() } else { hostTimer = nil }
    let page = page(clock.now())
    var recorder = recorder
    recorder.begin(alarm: page.alarm, levels: page.lineLevels)
    state = Lock(
      State(page: page, stamps: HostStamps(capacity: stampCapacity), recorder: recorder))
    isRecorded = recorder.isOn
    self.clock = clock
    self.sink = sink
  }

  var descriptorNumber: Int32 {
    switch hostTimer {
    case .some(let timer): timer.descriptor.number
    case .none: -1
    }
  }

  /// Carries out one operation at the present, and makes the world agree with its result.
  func withPage<Result: Sendable>(
    _ occasion: TimerEvent.Occasion = .access, _ body: (inout Page, _ now: Instant) -> Result
  ) throws(KVMError) -> Result {
    try state.withLock { (state: inout State) throws(KVMError) -> Result in
      let now = present(of: state.time)
      let result = body(&state.page, now)
      try settle(&state)
      if isRecorded { record(&state, at: now, occasion) }
      return result
    }
  }

  @specialized(where Page == CP0Page<CountCompareTimer>, Lines == LineMemory)
  @specialized(where Page == GenericTimerPage<GenericTimer>, Lines == LineMemory)
  func read(offset: Int, size: Int) throws(KVMError) -> UInt64 {
    try withPage { page, now in page.read(at: now, offset: offset, size: size) }
  }

  @specialized(where Page == CP0Page<CountCompareTimer>, Lines == LineMemory)
  @specialized(where Page == GenericTimerPage<GenericTimer>, Lines == LineMemory)
  func write(_ value: UInt64, offset: Int, size: Int) throws(KVMError) {
    try withPage { page, now in page.write(at: now, value, offset: offset, size: size) }
  }

  @specialized(where Page == CP0Page<CountCompareTimer>, Lines == LineMemory)
  @specialized(where Page == GenericTimerPage<GenericTimer>, Lines == LineMemory)
  func wakeUp() throws(KVMError) { try withPage(.look) { page, now in page.wakeUp(at: now) } }

  /// *Order:* the expiry is taken after the lines are driven, because their listener waits.
  @specialized(where Page == CP0Page<CountCompareTimer>, Lines == LineMemory)
  @specialized(where Page == GenericTimerPage<GenericTimer>, Lines == LineMemory)
  func hostTimerExpired(woken: UInt64) throws(KVMError) {
    try state.withLock { (state: inout State) throws(KVMError) in
      state.stamps.note(.hostWake, at: woken)
      state.stamps.note(.threadRunning)
      let now = present(of: state.time)
      state.page.wakeUp(at: now)
      try settleLines(&state)
      let commands = state.plan.expire(at: now, alarm: state.page.alarm)
      for index in commands.indices { carryOut(commands[index]) }
      if isRecorded { record(&state, at: now, .hostTimer) }
    }
  }

  // MARK: For the thread of the timer's vCPU

  @specialized(where Page == CP0Page<CountCompareTimer>, Lines == LineMemory)
  @specialized(where Page == GenericTimerPage<GenericTimer>, Lines == LineMemory)
  func beginWait() -> Instant? {
    state.withLock { state in
      let alarm = state.page.alarm
      carryOut(state.plan.beginWait(alarm: alarm))
      return alarm
    }
  }

  @specialized(where Page == CP0Page<CountCompareTimer>, Lines == LineMemory)
  @specialized(where Page == GenericTimerPage<GenericTimer>, Lines == LineMemory)
  func endWait(for arrival: Arrival?) throws(KVMError) {
    try state.withLock { (state: inout State) throws(KVMError) in
      let now = state.time.arrive(at: clock.now(), for: arrival)
      state.page.wakeUp(at: now)
      try settleLines(&state)
      carryOut(state.plan.endWait(alarm: state.page.alarm))
      if isRecorded { record(&state, at: now, .waiting) }
    }
  }

  // MARK: For other threads

  var alarm: Instant? { state.withLock { $0.page.alarm } }
  var lineLevels: UInt32 { state.withLock { $0.page.lineLevels } }
  var possibleLevels: UInt32 {
    state.withLock { $0.page.possibleLevels(at: max(clock.now(), $0.time.reached)) }
  }
  var reached: Instant { state.withLock { $0.time.reached } }
  var deferrals: UInt64 { state.withLock { $0.plan.state.pacing.deferrals } }
  var stamps: HostStamps { state.withLock { $0.stamps } }
  var trace: TraceRing { state.withLock { $0.recorder.ring } }
  /// The page as it is; time does not pass for it.
  var page: Page { state.withLock { $0.page } }

  func text(at now: Instant) -> String { page.text(at: now) }

  func keep() -> KeptState {
    let kept = state.withLock { $0 }
    return KeptState { [self] in state.withLock { $0 = kept } }
  }

  func resample() throws(KVMError) {
    try state.withLock { (state: inout State) throws(KVMError) in
      state.lines.pushed = keepsRises(sink) ? state.page.lineLevels : 0
      try settle(&state)
    }
  }

  func beginTrace() {
    guard isRecorded else { return }
    state.withLock { $0.recorder.begin(alarm: $0.page.alarm, levels: $0.page.lineLevels) }
  }

  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try state.withLock { (state: inout State) throws(Carrier.Failure) in
      try state.page.carry(by: &carrier)
    }
  }

  /// The instant of an access: the present, which is waited for where the timer is ahead of it.
  private func present(of time: TimerTime) -> Instant {
    while true {
      if let instant = time.instant(at: clock.now()) { return instant }
      SpinWait.hint()
    }
  }

  private func record(
    _ state: inout State, at now: Instant, _ occasion: TimerEvent.Occasion
  ) {
    state.recorder.note(
      at: now, occasion, alarm: state.page.alarm, levels: state.page.lineLevels)
  }

  /// *Order:* the lines first: their listener may be waiting, and nothing waits for the other.
  private func settle(_ state: inout State) throws(KVMError) {
    try settleLines(&state)
    carryOut(state.plan.settle(alarm: state.page.alarm))
  }

  private func settleLines(_ state: inout State) throws(KVMError) {
    let levels = state.page.lineLevels
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
