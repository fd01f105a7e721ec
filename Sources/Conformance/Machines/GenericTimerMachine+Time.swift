internal import TimerModels

// Virtual time, and the interrupts that are taken as it passes.

extension GenericTimerMachine {
  /// `wait`, `spin`, `sleep`: exactly `ticks` ticks, counted on the clock's edges.
  public mutating func pass(ticks: UInt64) throws(ConformanceFault) {
    try advance(to: clock.instant(after: ticks, from: now))
  }

  /// `nudge`: an eighth of a tick a step, but a whole nanosecond at the least.
  public mutating func nudge(steps: UInt64) throws(ConformanceFault) {
    let (distance, overflow) = steps.multipliedReportingOverflow(by: clock.smallestStep)
    try advance(to: overflow ? nil : clock.instant(nanoseconds: distance, after: now))
  }

  /// `until`: to the edge on which CNTVCT reaches `target`.
  public mutating func wait(untilCounterReaches target: UInt64) throws(ConformanceFault) {
    while true {
      let missing = ARMVocabulary.signed(target &- read(.cntvct))
      guard missing > 0 else { return }
      try budget.spend()
      try advance(to: clock.edge(after: UInt64(missing), from: now))
    }
  }

  /// `idle`: one WFI, which ends when IRQ is asserted, whether or not it can be taken.
  public mutating func idle() throws(ConformanceFault) {
    while !isInterrupted {
      guard let alarm = timer.alarm else {
        throw .endless("no interrupt is asserted, and none is to come")
      }
      try budget.spend()
      try elapse(to: alarm)
    }
    try takeInterrupts()
  }

  /// Time between two samples: a smallest step and an operation's cost, or more at once.
  ///
  /// Nothing changes by itself before the condition becomes met, be the timer enabled or not. So
  /// a leap to two ticks before that leaves out only samples that would have been 0, and not the
  /// last of them.
  public mutating func approach() throws(ConformanceFault) {
    var watched = timer
    watched.registers.virtual.control = .enable
    guard let event = watched.nextRise(after: now, of: .virtual) else {
      throw .endless("the sample is 0, and no deadline is to come")
    }
    let (round, overflow) = clock.smallestStep.addingReportingOverflow(costNanoseconds)
    guard !overflow, let next = clock.instant(nanoseconds: round, after: now) else {
      throw .endOfTime
    }
    try advance(to: max(next, clock.instant(twoTicksBefore: event)))
  }

  /// The time that an operation costs passes, and interrupts that are due are taken.
  public mutating func endOperation() throws(ConformanceFault) {
    try advance(to: clock.instant(nanoseconds: costNanoseconds, after: now))
  }

  private var clock: TickClock { TickClock(hertz: UInt64(timer.registers.frequency.hertz)) }

  /// Lets time pass up to `target`, or beyond it where handling interrupts takes longer.
  private mutating func advance(to target: Instant?) throws(ConformanceFault) {
    guard let target else { throw .endOfTime }
    try takeInterrupts()
    while let alarm = timer.alarm, alarm <= target {
      try elapse(to: alarm)
      try takeInterrupts()
    }
    try elapse(to: target)
  }

  /// Lets time pass up to `target`, with the host timer at work and the CPU not interrupted.
  private mutating func elapse(to target: Instant) throws(ConformanceFault) {
    while let alarm = timer.alarm, alarm <= max(target, now) {
      try budget.spend()
      now = max(now, alarm)
      timer.wakeUp(at: now)
      push()
    }
    now = max(now, target)
    timer.settle(at: now)
    push()
  }

  /// Handles interrupts for as long as the CPU would take one.
  private mutating func takeInterrupts() throws(ConformanceFault) {
    while !isMasked, isInterrupted {
      try budget.spend()
      isMasked = true
      handler.entries += 1
      handler.lead = read(.cntvct) &- read(.cval)
      guard let end = clock.instant(nanoseconds: costNanoseconds, after: now) else {
        throw .endOfTime
      }
      try elapse(to: end)
      let staysMasked = handleInterrupt()
      isMasked = staysMasked || handler.entries >= handler.limit
    }
  }

  /// Acknowledges an interrupt and does what the script's handler does about it.
  ///
  /// - Returns: Whether PSTATE.I stays set.
  private mutating func handleInterrupt() -> Bool {
    if handler.kind == .dropfirst { writeTimer(.control(.virtual), 0) }
    let value = readWord(.cpuInterface, GICC.iar)
    let id = UInt64(value & 0x3ff)
    handler.lastID = id
    guard id < 1020 else {
      handler.spurious += 1
      return false
    }
    handler.taken += 1
    handler.sequence = handler.sequence &* 100 &+ id
    let isTimer = id == GenericTimerChannel.virtual.defaultInterrupt
    if isTimer { handler.handledByKind += 1 }
    switch handler.kind {
    case _ where !isTimer: break
    case .disable: writeTimer(.control(.virtual), 0)
    case .imask:
      let control = timer.read(at: now, .control(.virtual))
      writeTimer(.control(.virtual), control | UInt64(GenericTimerControl.mask.rawValue))
    case .rearm: writeTimer(.timerValue(.virtual), handler.argument)
    case .cval: writeTimer(.compareValue(.virtual), read(.cval) &+ handler.argument)
    case .noeoi: return false
    case .eoi, .ackdrop, .dropfirst: break
    }
    writeWord(.cpuInterface, GICC.eoir, value)
    if isTimer, handler.kind == .ackdrop { writeTimer(.control(.virtual), 0) }
    return isTimer && handler.kind == .eoi && handler.handledByKind >= handler.argument
  }
}
