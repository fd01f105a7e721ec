internal import KVM
internal import LinuxHost

/// Takes a guest's state away and puts it back, as a cut says, with the deadline at its place.
struct CutCarrier {
  private let cut: Cut
  private let via: TortureVia
  private let subject: TortureSubject
  private let law: TortureLaw

  init(_ cut: Cut, _ via: TortureVia, _ subject: TortureSubject, _ law: TortureLaw) {
    self.cut = cut
    self.via = via
    self.subject = subject
    self.law = law
  }

  /// Reads the state at the boundary.
  ///
  /// Assumes: the exit there is completed.
  ///
  /// - Returns: What is to be restored, remedied and damaged.
  func save(_ toy: borrowing ToyMachine, _ run: inout ToyRun) throws(KVMError) -> ToyState {
    let stopped = MonotonicClock.now()
    if cut.place == .nearly { wait(run, until: 80) }
    if cut.place == .beforeSave {
      if law == .raised { try run.raise(toy) } else { run.meet(frozen: 0) }
    }
    if via == .recipe { try settle(toy) }
    let saving = MonotonicClock.now()
    run.observation.outside = Observation.Outside(
      stopped: stopped, saving: saving, restored: saving, resumed: saving)
    var state = ToyState()
    for (index, part) in cut.gets.enumerated() {
      state.parts[part] = try toy.get(part)
      if cut.place == .afterGet(index + 1) { run.meet(frozen: 0) }
    }
    if cut.place == .outside { run.meet(frozen: 0) }
    if via == .recipe { state.changeLocalAPIC { $0.stopSpentTimer() } }
    if let plant = cut.plant { state.damage(plant) }
    return state
  }

  /// Has everything that has expired in IRR, where it is read.
  private func settle(_ toy: borrowing ToyMachine) throws(KVMError) {
    if cut.gets.contains(.pit) { try toy.machine.waitForLastCount() }
    while try toy.vcpu.settle() != .interrupted {}
  }

  /// Lets the vCPU rest, and writes the state.
  func restore(
    _ state: ToyState, to toy: borrowing ToyMachine, _ run: inout ToyRun
  ) throws(KVMError) {
    let end = MonotonicClock.now() + UInt64(cut.rest) * 1000
    while MonotonicClock.now() < end { SpinWait.hint() }
    let saving = run.observation.outside?.saving ?? 0
    let spentTimer = via == .recipe && order.contains(.pit) ? state.spentTimer : nil
    if let spentTimer { try toy.machine.restoreSpent(spentTimer) }
    for (index, part) in order.enumerated() {
      guard let bytes = state.parts[part], part != .pit || spentTimer == nil else { continue }
      try toy.set(part, bytes)
      if cut.place == .afterSet(index + 1) { run.meet(frozen: MonotonicClock.now() - saving) }
    }
    run.observation.outside?.restored = MonotonicClock.now()
    run.observation.outside?.isPhaseLost =
      subject == .pitPeriodic && via == .recipe && cut.isNewVM && order.contains(.pit)
    if cut.place == .later || cut.place == .nearly {
      if law == .raised { try run.raise(toy) } else { run.requireAhead() }
    }
    run.observation.outside?.resumed = MonotonicClock.now()
  }

  private var order: [TorturePart] {
    if cut.plant == .wrongOrder { return TorturePlant.wrongOrder(of: cut.sets) }
    // In the same VM the PIT has counted on, and it is right.
    return via == .recipe && !cut.isNewVM ? cut.sets.filter { $0 != .pit } : cut.sets
  }

  /// Waits until a part of the way from arming to the deadline is over, in hundredths.
  private func wait(_ run: ToyRun, until hundredths: UInt64) {
    guard let due = run.due else { return }
    let end = due.earliest - run.timing.periodNanoseconds * (100 - hundredths) / 100
    while MonotonicClock.now() < end { SpinWait.hint() }
  }
}
