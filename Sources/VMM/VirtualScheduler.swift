internal import KVM
internal import TimerModels

/// Runs all vCPUs of a machine on one thread, in virtual time.
///
/// A round gives each vCPU that is ready one turn, in the order of their numbers; a turn is one entry
/// and its exit, and costs a fixed time. Then timers that have become due are woken. When no vCPU is
/// ready, time jumps to the next alarm; when there is none, the guest is dead. The host's clock is
/// never read, so the same guest makes the same steps at the same instants, always.
struct VirtualScheduler {
  private let machine: Machine
  private let clock: VirtualClock
  private let loops: [VCPULoop]
  private let exitCost: UInt64
  private let budget: Instant

  init(
    _ machine: Machine, _ clock: VirtualClock, loops: [VCPULoop], exitCost: UInt64, budget: UInt64
  ) {
    self.machine = machine
    self.clock = clock
    self.loops = loops
    self.exitCost = exitCost
    self.budget = clock.now().adding(nanoseconds: budget)
  }

  func run() {
    var cpu = 0
    do {
      while !machine.isStopping {
        cpu = 0
        var isIdle = true
        for loop in loops where loop.isReady {
          cpu = loop.vcpu.index
          isIdle = false
          try turn(loop)
          if machine.isStopping { return }
        }
        if isIdle { try idle() }
        if clock.now() >= budget { machine.stop(.timedOut) }
      }
    } catch {
      machine.stop(error.outcome(cpu: cpu))
    }
  }

  /// One turn and what it costs.
  ///
  /// An exit that only a signal of the host's made is no event of the guest's: it costs nothing, and
  /// the turn goes on.
  private func turn(_ loop: VCPULoop) throws(LoopError) {
    var wasInterrupted = true
    while wasInterrupted && !machine.isStopping { wasInterrupted = try loop.turn() == .interrupted }
    clock.advance(by: exitCost)
    try wakeDueTimers()
  }

  private func idle() throws(LoopError) {
    let alarms = loops.lazy.filter { $0.activity == .waiting }
      .flatMap { machine.usefulTimers(of: $0.vcpu) }.compactMap(\.alarm)
    guard let next = alarms.min() else { return machine.stop(.dead) }
    clock.jump(to: min(next, budget))
    try wakeDueTimers()
  }

  private func wakeDueTimers() throws(LoopError) {
    let now = clock.now()
    for timer in machine.timers {
      guard let alarm = timer.alarm, alarm <= now else { continue }
      try lift { () throws(KVMError) in try timer.wakeUp() }
    }
  }
}
