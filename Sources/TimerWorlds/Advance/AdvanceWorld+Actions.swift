public import Exploration
internal import TimerModels

// What the owner, the guest and the host do, and what makes the space of states finite.

extension AdvanceWorld {
  /// How much time passes.
  public func duration(of action: AdvanceAction) -> UInt64 {
    target(of: action).map { $0.nanoseconds - now } ?? 0
  }

  /// Carries out an action.
  public mutating func perform(_ action: AdvanceAction) -> Step {
    let step: Step =
      switch action {
      case .tick, .toArrival, .toDeadline: pass(by: action)
      case .alarmNow, .alarmNear, .alarmFar: set(action)
      case .halt: halt()
      case .endWait: owner == .waiting ? endWait() : .impossible
      case .handle: handle()
      case .read, .look: access()
      case .kick: kick()
      case .checkpoint: checkpoint()
      case .faster: getFaster()
      }
    if step != .impossible { normalise() }
    return step
  }

  // MARK: Time

  private func target(of action: AdvanceAction) -> Instant? {
    let target: Instant? =
      switch action {
      case .tick: instant.adding(nanoseconds: 1)
      case .toArrival: alarm.map { rules.arrival(for: $0).earliest }
      case .toDeadline: deadline
      default: nil
      }
    return target.flatMap { $0 > instant ? $0 : nil }
  }

  private mutating func pass(by action: AdvanceAction) -> Step {
    guard let target = target(of: action) else { return .impossible }
    pass(to: target)
    return .done
  }

  mutating func pass(to target: Instant) { now = max(now, target.nanoseconds) }

  // MARK: The timer

  /// The timer looks at an instant.
  private mutating func look(at instant: Instant) -> Step {
    guard instant >= told else { return .violated(.backwards) }
    told = instant
    if let due = alarm, due <= instant { (alarm, isLineHigh) = (nil, true) }
    return .done
  }

  /// An access: it waits as long as the timer is ahead, and no longer.
  private mutating func access(_ body: (inout Self) -> Void = { _ in }) -> Step {
    let begun = now
    var answered = time.instant(at: instant)
    while answered == nil {
      guard instant < told else { return .violated(.held) }
      now += 1
      answered = time.instant(at: instant)
      if now - begun > Rules.limit { return .violated(.held) }
    }
    guard answered == instant else { return .violated(.clock) }
    body(&self)
    return look(at: instant)
  }

  // MARK: The guest

  private mutating func set(_ action: AdvanceAction) -> Step {
    guard owner == .running, deadline == nil else { return .impossible }
    return access { world in
      let ticks =
        switch action {
        case .alarmNow: UInt64(0)
        case .alarmNear: Self.nearTicks
        default: Self.farTicks
        }
      world.alarm = world.instant.adding(nanoseconds: ticks)
      world.deadline = world.alarm
    }
  }

  private mutating func halt() -> Step {
    guard owner == .running else { return .impossible }
    owner = isLineHigh ? .entering(instant) : .waiting
    return .done
  }

  /// The first instruction of the handler, which reads the guest's own clock, clears the timer's condition, and
  /// leaves it to the guest to set the next alarm.
  mutating func handle() -> Step {
    guard case .entering(let begun) = owner, let due = deadline else { return .impossible }
    guard now - begun.nanoseconds >= entryTicks else { return .impossible }
    let entry = now - begun.nanoseconds
    let isEarly = instant < due
    // An advance that was given is as long as it is until it was too long.
    let isExcused = entry < seen || !isWarned && rules.state.policy != .learnt
    let before = rules.nanoseconds
    rules.note(entry: entry)
    if isEarly { rules.noteEarly() }
    (seen, isWarned) = (min(seen, entry), isWarned || isEarly)
    if isEarly && !isExcused { return .violated(.early) }
    var warned = rules
    for _ in 0..<2 { warned.noteEarly() }
    guard rules.nanoseconds <= before, warned.nanoseconds == 0 else { return .violated(.longer) }
    return access { world in
      (world.isLineHigh, world.deadline, world.owner) = (false, nil, .running)
    }
  }

  // MARK: The host

  /// The timer is told what its time says; then the owner enters the guest, or waits again.
  mutating func endWait() -> Step {
    let arrival = alarm.map { rules.arrival(for: $0) }
    let isNear = arrival.map { $0.earliest <= instant } ?? false
    let step = look(at: time.arrive(at: instant, for: arrival))
    guard step == .done else { return step }
    if isLineHigh { owner = .entering(instant) }
    return isNear && !isLineHigh ? .violated(.busy) : .done
  }

  private mutating func kick() -> Step {
    switch owner {
    case .entering: owner = .out
    case .out: owner = .entering(instant)
    case .running, .waiting: return .impossible
    }
    return .done
  }

  /// The clock continues where the checkpoint's does, and nothing is known there of what was told in advance.
  private mutating func checkpoint() -> Step {
    guard owner == .out || owner == .waiting else { return .impossible }
    let step = access()
    time = Time()
    return step
  }

  private mutating func getFaster() -> Step {
    guard entryTicks > 1 else { return .impossible }
    entryTicks -= 1
    return .done
  }

  // MARK: A finite space

  /// Moves the present back, and with it all that refers to it.
  mutating func normalise() {
    let ticks = now - Self.present
    now = Self.present
    alarm = alarm.map { relative($0, ticks) }
    deadline = deadline.map { relative($0, ticks) }
    time.reached = relative(time.reached, ticks)
    told = relative(told, ticks)
    if case .entering(let begun) = owner { owner = .entering(relative(begun, ticks)) }
    rules.state.earlyEntries = min(rules.state.earlyEntries, 4)
  }

  private func relative(_ instant: Instant, _ ticks: UInt64) -> Instant {
    let moved = instant.nanoseconds > ticks ? instant.nanoseconds - ticks : 0
    return Instant(nanoseconds: max(moved, Self.present - Self.memory))
  }
}
