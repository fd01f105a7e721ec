internal import TimerModels

/// A machine whose time passes by decree, with a punctual host timer: what both machines do alike.
protocol TimedMachine: ConformanceMachine {
  /// The clock that the counter counts.
  var clock: TickClock { get }
  var now: Instant { get set }
  /// What each operation, each sample and each interrupt taken costs.
  var costNanoseconds: UInt64 { get }
  /// The timer's alarm.
  var alarm: Instant? { get }

  /// The host timer expired, at ``now``.
  mutating func expire()
  /// Time has passed up to ``now``: makes what follows from it true.
  mutating func settle()
  /// Handles interrupts for as long as the CPU would take one.
  mutating func takeInterrupts() throws(ConformanceFault)
}

extension TimedMachine {
  /// Exactly `ticks` ticks, counted on the clock's edges.
  mutating func advance(ticks: UInt64) throws(ConformanceFault) {
    try advance(to: clock.instant(after: ticks, from: now))
  }

  /// Smallest steps: an eighth of a tick each, but a whole nanosecond at the least.
  mutating func advance(steps: UInt64) throws(ConformanceFault) {
    let (distance, overflow) = steps.multipliedReportingOverflow(by: clock.smallestStep)
    try advance(to: overflow ? nil : clock.instant(nanoseconds: distance, after: now))
  }

  /// A smallest step and an operation's cost, or, where that is further, to two ticks before `event`.
  mutating func advance(near event: Instant) throws(ConformanceFault) {
    let (round, overflow) = clock.smallestStep.addingReportingOverflow(costNanoseconds)
    guard !overflow, let next = clock.instant(nanoseconds: round, after: now) else {
      throw .endOfTime
    }
    try advance(to: max(next, clock.instant(twoTicksBefore: event)))
  }

  /// The time that an operation costs.
  mutating func advanceByCost() throws(ConformanceFault) {
    try advance(to: clock.instant(nanoseconds: costNanoseconds, after: now))
  }

  /// The time that an operation costs, with the CPU not interrupted.
  mutating func elapseByCost() throws(ConformanceFault) {
    guard let end = clock.instant(nanoseconds: costNanoseconds, after: now) else {
      throw .endOfTime
    }
    try elapse(to: end)
  }

  /// Lets time pass up to `target`, or beyond it where handling interrupts takes longer.
  mutating func advance(to target: Instant?) throws(ConformanceFault) {
    guard let target else { throw .endOfTime }
    try takeInterrupts()
    while let alarm, alarm <= target {
      try elapse(to: alarm)
      try takeInterrupts()
    }
    try elapse(to: target)
  }

  /// Lets time pass up to `target`, with the host timer at work and the CPU not interrupted.
  mutating func elapse(to target: Instant) throws(ConformanceFault) {
    while let alarm, alarm <= max(target, now) {
      try budget.spend()
      now = max(now, alarm)
      expire()
    }
    now = max(now, target)
    settle()
  }
}
