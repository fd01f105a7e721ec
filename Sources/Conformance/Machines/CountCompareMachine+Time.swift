internal import TimerModels

// Virtual time, and the interrupts that are taken as it passes.

extension CountCompareMachine: TimedMachine {
  /// `wait`, `spin`: exactly `ticks` ticks, counted on the clock's edges.
  public mutating func pass(ticks: UInt64) throws(ConformanceFault) {
    try advance(ticks: ticks)
  }

  /// `nudge`: an eighth of a tick a step, but a whole nanosecond at the least.
  public mutating func nudge(steps: UInt64) throws(ConformanceFault) {
    try advance(steps: steps)
  }

  /// `until`: to the edge on which Count reaches `target`.
  public mutating func wait(untilCounterReaches target: UInt64) throws(ConformanceFault) {
    while true {
      let missing = MIPSVocabulary.signed(target &- access(.readCount))
      guard missing > 0 else { return }
      guard !readCause().contains(.disableCount) else { throw .endless("Count is stopped") }
      try budget.spend()
      try advance(to: clock.edge(after: UInt64(missing), from: now))
    }
  }

  /// `idle`: WAIT until one more interrupt has been taken than at the end of the previous one.
  public mutating func idle() throws(ConformanceFault) {
    try takeInterrupts()
    while handler.taken == interruptsAtIdle {
      guard status.wouldTakeInterrupt(cause: .pending7) else {
        throw .endless("the timer's interrupt is masked, so nothing ends the idling")
      }
      guard let alarm = timer.alarm else {
        throw .endless("no interrupt is pending, and none is to come")
      }
      try budget.spend()
      try advance(to: max(alarm, now))
    }
    interruptsAtIdle = handler.taken
  }

  /// Time between two samples: a smallest step and an operation's cost, or more at once.
  ///
  /// Nothing changes by itself before an alarm, and a read finds nothing due more than one tick
  /// before it. So a leap to two ticks before it leaves out only samples that would have been 0,
  /// and not the last of them.
  public mutating func approach() throws(ConformanceFault) {
    guard let alarm = timer.alarm else {
      throw .endless("the interrupt is not pending, and no alarm is set")
    }
    try advance(near: alarm)
  }

  /// The time that an operation costs passes, and interrupts that are due are taken.
  public mutating func endOperation() throws(ConformanceFault) {
    try advanceByCost()
  }

  var clock: TickClock { TickClock(hertz: frequency.hertz) }

  var alarm: Instant? { timer.alarm }

  mutating func expire() { timer.wakeUp(at: now) }

  mutating func settle() {}

  /// Handles interrupts for as long as the CPU would take one.
  ///
  /// The handler runs with EXL set in all but name: nothing in it takes another interrupt.
  mutating func takeInterrupts() throws(ConformanceFault) {
    while timer.interruptLine, status.wouldTakeInterrupt(cause: .pending7) {
      try budget.spend()
      handler.taken += 1
      handler.takenByKind += 1
      handler.lead = UInt32(truncatingIfNeeded: readDistance())
      handler.sawTimerInterrupt = readCause().contains(.timerInterrupt)
      try elapseByCost()
      handleInterrupt()
    }
  }

  private mutating func handleInterrupt() {
    let compare = access(.readCompare)
    switch handler.kind {
    case .ack: write(.compare, argument: 0, compare)
    case .reload: write(.compare, argument: 0, compare &+ handler.argument)
    case .mask: status.remove(.interruptMask7)
    case .none: if handler.takenByKind == handler.argument { status.remove(.interruptMask7) }
    }
    if handler.taken >= handler.limit { status.remove(.interruptMask7) }
  }
}
