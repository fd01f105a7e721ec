internal import LinuxHost
internal import TimerModels

/// What a thread waits for.
///
/// *Why a class and not a closure:* one that captures its surroundings retains them at every wait.
protocol WaitCondition: AnyObject {
  /// Whether there is nothing to wait for any more; asked often, and cheap.
  var isOver: Bool { get }
  /// The wait is about to end, if the thread looks at the clock before that: makes what follows fast.
  func warmUp()
}

/// A vCPU thread's way of waiting for a deadline of its own timers.
///
/// A wait has two parts, of which either may be empty: first the thread sleeps, on a host timer of
/// its own, then it looks at the clock. Both end early as soon as the condition says so; for that what
/// makes it true kicks the thread (a sleep) or leaves it where an atomic shows it (a spin).
///
/// *It decides nothing:* a wait that ended early, late or for no reason is followed by a look at the
/// timers' models, at a clock that is read then.
struct TimerWait: ~Copyable {
  private let strategy: Waiting.Strategy
  private let clock: HostClock
  /// What all vCPUs together may spin for.
  private let budget: SharedSpinBudget
  /// Made at the first sleep: a guest that never halts needs none.
  private var hostTimer: TimerDescriptor?
  private var margin = WakeUpMargin()
  private(set) var cost = WaitingCost()
  /// What interrupted the looks at the clock; nil where it is not looked for.
  private var gaps: WaitGaps?

  init(
    _ strategy: Waiting.Strategy, _ budget: SharedSpinBudget, clock: HostClock, notesGaps: Bool
  ) {
    self.strategy = strategy
    self.budget = budget
    self.clock = clock
    gaps = notesGaps ? WaitGaps() : nil
  }

  /// What interrupted the looks at the clock since the last call.
  mutating func takeGaps() -> WaitGaps {
    gaps?.take(at: MonotonicClock.coarse()) ?? WaitGaps()
  }

  /// Waits until `deadline`, or until the condition holds.
  ///
  /// - Parameters:
  ///   - deadline: The instant; nil waits for a kick alone.
  ///   - condition: What ends the wait early.
  /// - Returns: Whether it slept, and was woken after the deadline.
  /// - Throws: ``SystemError`` where the host timer cannot be had.
  @discardableResult
  mutating func wait(
    until deadline: Instant?, or condition: borrowing some WaitCondition
  ) throws(SystemError) -> Bool {
    guard let deadline else {
      _ = try Self.sleep(on: -1, condition)
      return false
    }
    let now = clock.now()
    guard deadline > now else { return false }
    let lateBefore = cost.lateWakeUps
    let reserve = reserve(at: now)
    if strategy == .adaptive && reserve < margin.nanoseconds { cost.shortened &+= 1 }
    let lead = min(reserve, deadline.nanoseconds - now.nanoseconds)
    let wakeUp = Instant(nanoseconds: deadline.nanoseconds - lead)
    // Again after a kick that was for nothing: what is left of the sleep is not to be spun through.
    while clock.now() < wakeUp && !condition.isOver {
      try sleep(until: wakeUp, deadline, condition)
    }
    let spun = spin(until: deadline, condition)
    if strategy == .adaptive { budget.giveBack(reserve - min(spun, reserve)) }
    return cost.lateWakeUps != lateBefore
  }

  /// How long this wait may spin, in nanoseconds; taken out of the budget where that counts.
  private func reserve(at now: Instant) -> UInt64 {
    switch strategy {
    case .block: 0
    case .spin: .max
    case .adaptive: budget.take(upTo: margin.nanoseconds, at: now)
    }
  }

  // MARK: Sleeping

  /// Sleeps until `instant`, which is before or at `deadline`.
  private mutating func sleep(
    until instant: Instant, _ deadline: Instant, _ condition: borrowing some WaitCondition
  ) throws(SystemError) {
    let descriptor = try armHostTimer(at: instant)
    cost.sleeps &+= 1
    guard try Self.sleep(on: descriptor, condition) else { return }
    let now = clock.now()
    if now > deadline { cost.lateWakeUps &+= 1 }
    // The host's timer is on this clock, so a difference below 0 is one that was set back.
    margin.note(lateness: now > instant ? now.nanoseconds - instant.nanoseconds : 0)
  }

  /// Returns the host timer's descriptor, readable from `instant` on.
  private mutating func armHostTimer(at instant: Instant) throws(SystemError) -> Int32 {
    if hostTimer == nil { hostTimer = try TimerDescriptor() }
    switch hostTimer {
    case .some(let timer):
      timer.arm(at: clock.hostTime(of: instant))
      return timer.descriptor.number
    case .none: preconditionFailure("it was made above")
    }
  }

  /// Sleeps until the descriptor is readable or a kick comes, unless the condition holds.
  ///
  /// *Why nothing is missed:* the kick is blocked while the condition is looked at and let through
  /// by the wait itself, so one that comes in between ends the wait.
  ///
  /// - Returns: Whether the descriptor is readable.
  private static func sleep(
    on descriptor: Int32, _ condition: borrowing some WaitCondition
  ) throws(SystemError) -> Bool {
    KickSignal.block()
    defer { KickSignal.unblock() }
    if condition.isOver { return false }
    return try !Poller.wait(for: [descriptor, -1, -1, -1]).isEmpty
  }

  // MARK: Spinning

  /// Nanoseconds before a deadline at which what follows it is made fast: so few that it stays so.
  private static let warmUpLead: UInt64 = 15_000
  /// What making it fast takes, in nanoseconds, and more: with less time left it would be late for that.
  private static let warmUpTime: UInt64 = 5_000

  /// Looks at the clock until `deadline`; kicks are let through, and show in the condition.
  ///
  /// - Returns: How long it took, in nanoseconds; time that another thread took from this one before
  ///   the deadline counts as spent.
  private mutating func spin(
    until deadline: Instant, _ condition: borrowing some WaitCondition
  ) -> UInt64 {
    gaps?.begin(at: MonotonicClock.coarse())
    let start = clock.now()
    var now = start
    var isWarm = false
    while now < deadline && !condition.isOver {
      if !isWarm && deadline.nanoseconds - now.nanoseconds < Self.warmUpLead {
        isWarm = true
        if deadline.nanoseconds - now.nanoseconds > Self.warmUpTime { condition.warmUp() }
      }
      SpinWait.hint()
      let last = now
      now = clock.now()
      if now.nanoseconds - last.nanoseconds >= WaitGaps.lengthMin {
        gaps?.note(
          from: last.nanoseconds, to: now.nanoseconds, until: deadline.nanoseconds,
          coarse: MonotonicClock.coarse())
      }
    }
    let spun = min(now, max(deadline, start)).nanoseconds - start.nanoseconds
    cost.spinning &+= spun
    return spun
  }
}
