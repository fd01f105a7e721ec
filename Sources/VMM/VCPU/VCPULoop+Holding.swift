internal import KVM
internal import LinuxHost
internal import TimerModels

// Holding a guest that runs, shortly before its deadline.

extension VCPULoop {
  /// How long before its deadline a running guest is got out, in nanoseconds: about as long as the host takes to
  /// deliver the signal to a thread that is running, and what is left is spent looking at the clock.
  private static let holdLead: UInt64 = 40_000

  /// Has the kernel get the guest out shortly before its next alarm, if it is one that is found running by them.
  ///
  /// The signal comes to this very thread, so none has to wake. Then the guest is *held*: this thread waits for
  /// the deadline as it does for a halted one, and enters with the interrupt. Where the budget has not so much,
  /// or the signal comes too early for `KVM_RUN`, the supervising thread serves the alarm.
  ///
  /// *Why not for a guest that halts:* it is out by then, and the signal would disturb the wait.
  @inline(never)
  func prepareHold() {
    isAlarmNew = false
    guard isFoundRunning, case .host(let clock) = machine.clock, let alarm = own.nextAlarm else {
      return
    }
    let now = clock.now()
    let lead = now.adding(nanoseconds: Self.holdLead)
    guard lead < alarm, hasBudget(at: now) else { return }
    do { try setKick(in: alarm.nanoseconds - lead.nanoseconds) } catch {
      machine.stop(.failed(.system(error)))
    }
  }

  /// Whether the guest may be held for as long as the lead.
  private func hasBudget(at now: Instant) -> Bool {
    switch machine.configuration.waiting.strategy {
    case .block: return false
    case .spin: return true
    case .adaptive:
      let taken = machine.spinBudget.take(upTo: Self.holdLead, at: now)
      machine.spinBudget.giveBack(taken)
      return taken == Self.holdLead
    }
  }

  /// Holds the guest until its deadline, if that is near: the host has just got it out.
  ///
  /// *Why no longer:* another thread may serve the alarm meanwhile, and the next one is far away, or there is none.
  @inline(never)
  func holdIfDue() throws(KVMError) {
    guard isFoundRunning, case .host(let clock) = machine.clock, let alarm = own.nextAlarm,
      alarm < clock.now().adding(nanoseconds: 2 * Self.holdLead)
    else { return }
    isHeld = true
    defer { isHeld = false }
    try waitForTimers(until: alarm)
    isAlarmNew = true
  }

  /// An interrupt found the guest running, or did not.
  @inline(never)
  func noteFound(isRunning: Bool) {
    guard isRunning != isFoundRunning else { return }
    isFoundRunning = isRunning
    isAlarmNew = isRunning
    if !isRunning { kickTimer?.clear() }
  }

  /// Has a kick of this thread come once, so many nanoseconds from now.
  private func setKick(in nanoseconds: UInt64) throws(SystemError) {
    if kickTimer == nil { kickTimer = try KickTimer() }
    kickTimer?.set(onceIn: nanoseconds)
  }
}
