internal import TimerModels

// Virtual time, and the interrupts that are taken as it passes.

extension GenericTimerMachine: TimedMachine {
  /// `wait`, `spin`, `sleep`: exactly `ticks` ticks, counted on the clock's edges.
  public mutating func pass(ticks: UInt64) throws(ConformanceFault) {
    try advance(ticks: ticks)
  }

  /// `nudge`: an eighth of a tick a step, but a whole nanosecond at the least.
  public mutating func nudge(steps: UInt64) throws(ConformanceFault) {
    try advance(steps: steps)
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
    watched.write(at: now, .control(.virtual), UInt64(GenericTimerControl.enable.rawValue))
    guard let event = watched.alarm else {
      throw .endless("the sample is 0, and no deadline is to come")
    }
    try advance(near: event)
  }

  /// The time that an operation costs passes, and interrupts that are due are taken.
  public mutating func endOperation() throws(ConformanceFault) {
    try advanceByCost()
  }

  var clock: TickClock { TickClock(hertz: UInt64(frequency.hertz)) }

  var alarm: Instant? { timer.alarm }

  mutating func expire() {
    timer.wakeUp(at: now)
    push()
  }

  mutating func settle() {
    timer.wakeUp(at: now)
    push()
  }

  /// Handles interrupts for as long as the CPU would take one.
  mutating func takeInterrupts() throws(ConformanceFault) {
    while !isMasked, isInterrupted {
      try budget.spend()
      isMasked = true
      handler.entries += 1
      handler.lead = read(.cntvct) &- read(.cval)
      try elapseByCost()
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
      writeTimer(.control(.virtual), UInt64(control.union(.mask).rawValue))
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
