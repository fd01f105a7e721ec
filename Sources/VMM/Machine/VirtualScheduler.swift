internal import KVM
internal import Synchronization
internal import TimerModels

/// Runs all vCPUs of a machine on one thread, in virtual time.
///
/// The vCPUs that are ready take turns in the order of their numbers; a turn is one entry and its
/// exit, and costs a fixed time. Then timers that have become due are woken. When no vCPU is ready,
/// time jumps to the next alarm; when there is none, the guest is dead. The host's clock is never
/// read, so the same guest makes the same steps at the same instants, always.
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

  /// Runs until the machine stops.
  ///
  /// - Parameter first: The vCPU whose turn it is first.
  func run(from first: Int) {
    var next = first
    do {
      while !machine.isStopping {
        if machine.isPauseWanted {
          machine.nextVirtualTurn.store(next, ordering: .sequentiallyConsistent)
          try machine.park(loops)
        } else if let loop = readyLoop(from: next) {
          next = loop.vcpu.index
          if try turn(loop) { next = (next + 1) % loops.count }
        } else {
          try idle()
        }
        if clock.now() >= budget { machine.stop(.timedOut) }
      }
      for loop in loops { try loop.endOutput() }
    } catch {
      machine.stop(error.outcome(cpu: next))
    }
  }

  private func readyLoop(from first: Int) -> VCPULoop? {
    loops.indices.lazy.map { loops[(first + $0) % loops.count] }.first { $0.isReady }
  }

  /// One turn and what it costs.
  ///
  /// An exit that only a signal of the host's made is no event of the guest's: it costs nothing, and
  /// the turn goes on.
  ///
  /// - Returns: Whether the turn was taken; not where the machine stops or pauses first.
  private func turn(_ loop: VCPULoop) throws(LoopError) -> Bool {
    while try loop.turn() == .interrupted {
      if machine.isStopping || machine.isPauseWanted { return false }
    }
    clock.advance(by: exitCost)
    try wakeDueTimers()
    return true
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
