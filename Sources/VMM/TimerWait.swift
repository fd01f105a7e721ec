internal import CKVM
internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// A vCPU thread's way of waiting for a deadline of its own timers.
///
/// A wait has two parts, of which either may be empty: first the thread sleeps, on a host timer of
/// its own, then it looks at the clock. Both end early as soon as `isOver` says so; for that whoever
/// makes it true kicks the thread (a sleep) or leaves it where an atomic shows it (a spin).
///
/// *It decides nothing:* a wait that ended early, late or for no reason is followed by a look at the
/// timers' models, at a clock that is read then.
struct TimerWait: ~Copyable {
  private let strategy: Waiting.Strategy
  private let clock: HostClock
  /// Made at the first sleep: a guest that never halts needs none.
  private var hostTimer: TimerDescriptor?
  private var margin = WakeUpMargin()
  private(set) var cost = WaitingCost()

  init(_ strategy: Waiting.Strategy, clock: HostClock) {
    self.strategy = strategy
    self.clock = clock
  }

  /// Waits until `deadline`, or until `isOver`.
  ///
  /// - Parameters:
  ///   - deadline: The instant; nil waits for a kick alone.
  ///   - budget: What all vCPUs together may spin for.
  ///   - isOver: Whether there is nothing to wait for any more. It is called often, and cheap.
  /// - Throws: ``SystemError`` where the host timer cannot be had.
  mutating func wait(
    until deadline: Instant?, _ budget: borrowing Mutex<SpinBudget>, isOver: () -> Bool
  ) throws(SystemError) {
    guard let deadline else { return sleep(isOver) }
    let now = clock.now()
    guard deadline > now else { return }
    let reserve = reserve(budget, at: now)
    let lead = min(reserve, deadline.nanoseconds - now.nanoseconds)
    if lead < deadline.nanoseconds - now.nanoseconds {
      try sleep(until: Instant(nanoseconds: deadline.nanoseconds - lead), deadline, isOver)
    }
    let spun = spin(until: deadline, isOver)
    if strategy == .adaptive { budget.withLock { $0.giveBack(reserve - min(spun, reserve)) } }
  }

  /// How long this wait may spin, in nanoseconds; taken out of the budget where that counts.
  private func reserve(_ budget: borrowing Mutex<SpinBudget>, at now: Instant) -> UInt64 {
    switch strategy {
    case .block: 0
    case .spin: .max
    case .adaptive: budget.withLock { $0.take(upTo: margin.nanoseconds, at: now) }
    }
  }

  // MARK: Sleeping

  /// Sleeps until `instant`, which is before or at `deadline`.
  private mutating func sleep(
    until instant: Instant, _ deadline: Instant, _ isOver: () -> Bool
  ) throws(SystemError) {
    let descriptor = try armHostTimer(at: instant)
    cost.sleeps &+= 1
    guard Self.sleep(on: descriptor, isOver) else { return }
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

  private func sleep(_ isOver: () -> Bool) { _ = Self.sleep(on: -1, isOver) }

  /// Sleeps until the descriptor is readable or a kick comes, unless `isOver`.
  ///
  /// *Why nothing is missed:* the kick is blocked while the condition is looked at and let through
  /// by the wait itself, so one that comes in between ends the wait.
  ///
  /// - Returns: Whether the descriptor is readable.
  private static func sleep(on descriptor: Int32, _ isOver: () -> Bool) -> Bool {
    KickSignal.block()
    defer { KickSignal.unblock() }
    return !isOver() && !Poller.wait(for: [descriptor, -1, -1, -1]).isEmpty
  }

  // MARK: Spinning

  /// Looks at the clock until `deadline`; kicks are let through, and show in `isOver`.
  ///
  /// - Returns: How long it took, in nanoseconds; time that another thread took from this one before
  ///   the deadline counts as spent.
  private mutating func spin(until deadline: Instant, _ isOver: () -> Bool) -> UInt64 {
    let start = clock.now()
    var now = start
    while now < deadline && !isOver() {
      ckvm_relax()
      now = clock.now()
    }
    let spun = min(now, max(deadline, start)).nanoseconds - start.nanoseconds
    cost.spinning &+= spun
    return spun
  }
}
