public import Exploration
internal import TimerModels

// What the threads and the kernel do, and what makes the space of states finite.

extension HostTimerWorld {
  /// How much time passes.
  public func duration(of action: HostTimerAction) -> UInt64 {
    target(of: action).map { $0.nanoseconds - now } ?? 0
  }

  /// Carries out an action.
  public mutating func perform(_ action: HostTimerAction) -> Step {
    let step: Step =
      switch action {
      case .tick, .toAlarm, .toExpiry, .pause: pass(by: action)
      case .fire, .fireEarly: fire(action)
      case .see: see()
      case .expire: supervisor == .seen ? expire() : .impossible
      case .rearm: isLocked ? rearm() : .impossible
      case .beginWait: beginWait()
      case .endWait: endWait()
      default: access(action)
      }
    if !step.isImpossible { normalise() }
    return step
  }

  // MARK: Time and the kernel

  private func target(of action: HostTimerAction) -> Instant? {
    let target: Instant? =
      switch action {
      case .tick: instant.adding(nanoseconds: 1)
      case .pause: instant.adding(nanoseconds: Self.pauseTicks)
      case .toAlarm: alarm
      case .toExpiry: if case .pending(let expiry) = timer { expiry } else { nil }
      default: nil
      }
    return target.flatMap { $0 > instant ? $0 : nil }
  }

  private mutating func pass(by action: HostTimerAction) -> Step {
    guard let target = target(of: action) else { return .impossible }
    pass(to: target)
    return .done
  }

  mutating func pass(to target: Instant) {
    guard target > instant else { return }
    let ticks = target.nanoseconds - now
    load = load > ticks ? load - ticks : 0
    now = target.nanoseconds
  }

  private mutating func fire(_ action: HostTimerAction) -> Step {
    guard case .pending(let expiry) = timer else { return .impossible }
    let isDue =
      action == .fire ? expiry <= instant : expiry == instant.adding(nanoseconds: 1)
    guard isDue else { return .impossible }
    timer = .readable
    return .done
  }

  // MARK: The supervising thread

  private mutating func see() -> Step {
    guard supervisor == .polling, timer == .readable else { return .impossible }
    supervisor = .seen
    return .done
  }

  /// It has the lock: the timer looks, and the first of the plan's commands is carried out.
  mutating func expire() -> Step {
    lookAtTimer()
    let commands = plan.expire(at: instant, alarm: alarm)
    timer.carryOut(commands[0])
    supervisor = .serving(commands[1])
    load += Self.spacing
    for index in commands.indices {
      if case .arm(let expiry) = commands[index], expiry <= instant { return .violated(.busy) }
    }
    // One that was seen before the host timer was armed anew is counted later than it came, and one may
    // come a tick early.
    if load > (Self.burst + 1) * Self.spacing + 1 { return .violated(.rate) }
    return judge(commands[1], after: nil)
  }

  /// A settling never makes the expiry later, which may come early for nothing, and counts an alarm that has to
  /// wait.
  private func judge(_ command: HostTimerCommand?, after armed: Instant?) -> Step {
    var isDeferred = false
    if case .arm(let expiry) = command {
      if let armed, expiry >= armed { return .violated(.needless) }
      if let alarm, !isOwnerWaiting { isDeferred = expiry > alarm }
    }
    return plan.state.pacing.deferrals == (isDeferred ? 1 : 0) ? .done : .violated(.deferral)
  }

  @discardableResult
  mutating func rearm() -> Step {
    guard case .serving(let command) = supervisor else { return .done }
    timer.carryOut(command)
    supervisor = .polling
    return .done
  }

  // MARK: The owner, and the other thread

  private mutating func lookAtTimer() {
    if let due = alarm, due <= instant { alarm = nil }
  }

  private mutating func beginWait() -> Step {
    guard !isLocked, !isOwnerWaiting else { return .impossible }
    isOwnerWaiting = true
    timer.carryOut(plan.beginWait(alarm: alarm))
    guard let alarm, case .pending(let expiry) = timer else { return .done }
    let isEarly = expiry < alarm.adding(nanoseconds: Self.backupDelay)
    return isEarly ? .violated(.earlyBackup) : .done
  }

  private mutating func endWait() -> Step {
    guard !isLocked, isOwnerWaiting else { return .impossible }
    isOwnerWaiting = false
    lookAtTimer()
    let armed = plan.state.armed
    let command = plan.endWait(alarm: alarm)
    timer.carryOut(command)
    return judge(command, after: armed)
  }

  private mutating func access(_ action: HostTimerAction) -> Step {
    guard !isLocked, action.actor == .host || !isOwnerWaiting else { return .impossible }
    switch action {
    case .alarmNow: alarm = instant
    case .alarmNear, .otherAlarmNear: alarm = instant.adding(nanoseconds: Self.nearTicks)
    case .alarmFar, .otherAlarmFar: alarm = instant.adding(nanoseconds: Self.farTicks)
    case .noAlarm, .otherNoAlarm: alarm = nil
    default: lookAtTimer()
    }
    let armed = plan.state.armed
    let command = plan.settle(alarm: alarm)
    timer.carryOut(command)
    return judge(command, after: armed)
  }

  // MARK: A finite space

  /// Moves the present back, and with it all that refers to it.
  mutating func normalise() {
    let ticks = now - Self.present
    now = Self.present
    alarm = alarm.map { relative($0, ticks) }
    plan.state.armed = plan.state.armed.map { relative($0, ticks) }
    plan.state.pacing.earliest = relative(plan.state.pacing.earliest, ticks)
    plan.state.pacing.deferrals = 0
    if case .pending(let expiry) = timer { timer = .pending(relative(expiry, ticks)) }
    if case .serving(.arm(let expiry)) = supervisor {
      supervisor = .serving(.arm(relative(expiry, ticks)))
    }
  }

  /// An instant after the present has been moved back: of what is longer past than the owner is given, only
  /// that matters.
  private func relative(_ instant: Instant, _ ticks: UInt64) -> Instant {
    let moved = instant.nanoseconds > ticks ? instant.nanoseconds - ticks : 0
    return Instant(nanoseconds: max(moved, Self.present - Self.backupDelay - 1))
  }
}
