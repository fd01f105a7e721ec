internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// Runs all vCPUs of a machine on one thread, in virtual time.
///
/// The vCPUs that are ready take turns in the order of their numbers. A turn is one entry, its exit, and
/// the further exits of the instruction that made it; each exit costs a fixed time, after which timers that
/// have become due are woken. When no vCPU is ready, time jumps to the next alarm; when there is none,
/// the guest is dead. The host's clock is never read, so the same guest makes the same steps at the same
/// instants, always.
///
/// *Guarantee:* a pause finds every vCPU between two instructions and no timer due, and adds no step: the
/// machine that continues, here or from a checkpoint, and the one that was never paused are in the same
/// state after each exit.
struct VirtualScheduler {
  let loops: [VCPULoop]
  let machine: Machine
  let clock: VirtualClock
  private let exitCost: UInt64
  private let budget: Instant
  /// The vCPU whose turn is next, or being taken.
  var next: Int

  /// Places a scheduler in a machine whose time is virtual.
  ///
  /// - Parameters:
  ///   - machine: The machine, which has not begun.
  ///   - exitCost: What an exit costs, in nanoseconds.
  /// - Throws: `SystemError` where there is no memory for what the vCPUs record.
  init(_ machine: Machine, exitCost: UInt64) throws(SystemError) {
    guard case .virtual(let clock) = machine.clock else { preconditionFailure("a host clock") }
    self.machine = machine
    self.clock = clock
    self.exitCost = exitCost
    loops = try machine.vcpus.map { (vcpu) throws(SystemError) in
      try VCPULoop(vcpu, of: machine)
    }
    budget = clock.now().adding(nanoseconds: machine.configuration.timeoutNanoseconds)
    next = machine.nextVirtualTurn.withLock { $0.cpu }
  }

  /// Runs until the machine stops.
  mutating func run() {
    do {
      if let debug = machine.debug {
        var debugged = try DebuggedScheduler(self, debug)
        try debugged.run()
      }
      while !machine.isStopping {
        if machine.isPauseWanted {
          publish()
          try machine.park(loops)
        } else {
          try step()
        }
      }
    } catch {
      machine.stop(.failed(.kvm(error)))
    }
    for loop in loops { loop.endOutput() }
  }

  /// Lets the machine know what comes next, for a checkpoint.
  func publish() {
    let turn = VirtualTurn(cpu: next, isBegun: loops[next].isBetweenExits)
    machine.nextVirtualTurn.withLock { $0 = turn }
  }

  /// One turn, or the wait for an alarm where no vCPU is ready.
  mutating func step() throws(KVMError) {
    if let loop = readyLoop() {
      next = loop.vcpu.index
      if try turn(loop) { next = (next + 1) % loops.count }
    } else {
      try idle()
    }
    endIfOver()
  }

  func endIfOver() { if clock.now() >= budget { machine.stop(.timedOut) } }

  func readyLoop() -> VCPULoop? {
    loops.indices.lazy.map { loops[(next + $0) % loops.count] }.first { $0.isReady }
  }

  /// One turn and what it costs.
  ///
  /// An exit that only a signal of the host's made is not an event of the guest's: it costs nothing, and
  /// the turn continues.
  ///
  /// - Returns: Whether the turn was taken; not where the machine stops or pauses first.
  private func turn(_ loop: VCPULoop) throws(KVMError) -> Bool {
    while try loop.turn() == .interrupted {
      if machine.isStopping || machine.isPauseWanted { return false }
    }
    try complete(loop)
    return true
  }

  /// The rest of the instruction that exited, and what its exits cost.
  func complete(_ loop: VCPULoop) throws(KVMError) {
    repeat {
      clock.advance(by: exitCost)
      try wakeDueTimers()
    } while try loop.complete()
  }

  /// - Returns: Whether there is an alarm; if not, the guest is dead.
  @discardableResult
  func idle() throws(KVMError) -> Bool {
    let alarms = loops.lazy.filter { $0.activity == .waiting }.compactMap(\.own.usefulAlarm)
    guard let next = alarms.min() else {
      machine.stop(.dead)
      return false
    }
    clock.jump(to: min(next, budget))
    try wakeDueTimers()
    return true
  }

  private func wakeDueTimers() throws(KVMError) {
    let now = clock.now()
    for loop in loops {
      try wake(loop.own.cp0, ifDueAt: now)
      try wake(loop.own.genericTimer, ifDueAt: now)
    }
  }

  private func wake(_ timer: borrowing some PlatformTimer, ifDueAt now: Instant) throws(KVMError) {
    if let alarm = timer.alarm, alarm <= now { try timer.wakeUp() }
  }
}

/// A turn in virtual time.
struct VirtualTurn: Hashable, Sendable {
  /// The vCPU whose turn it is.
  var cpu = 0
  /// Whether the vCPU was entered and the host interrupted it before an exit; so it has been offered its
  /// interrupts.
  var isBegun = false
}
