internal import GDBProtocol
internal import KVM

/// Going back: from a kept instant the run goes forward again, up to the one that is wanted.
///
/// All functions here give up where the machine stops or pauses, and return nil then: the machine stands at
/// some instant of its run, which is as good as any. They do so, too, where the guest does not do what it did before.
extension DebuggedScheduler {
  /// Goes back, and has the machine stop there.
  mutating func travel(_ journey: Journey) throws(KVMError) {
    debug.isTravelling = true
    defer { debug.isTravelling = false }
    try rememberChanges()
    let present = try scheduler.keep(at: VirtualPosition(turns: turns), pages: pages)
    if let stop = try arrive(by: journey, from: present) {
      machine.stop(for: stop, by: debug)
    } else if !machine.isStopping && !machine.isPauseWanted {
      try bringBack(present)
      try beginHistory()
      machine.stop(for: DebugStop(cpu: scheduler.next, .historyDiffers), by: debug)
    }
  }

  /// - Returns: What the client is told where the machine stands then.
  private mutating func arrive(
    by journey: Journey, from present: MachineMoment
  ) throws(KVMError) -> DebugStop? {
    guard let end = try presentPosition(present) else { return nil }
    let target: Target?? =
      switch journey {
      case .step(let cpu): try lastInstruction(of: cpu, before: end)
      case .run: try lastStop(before: end)
      }
    guard let found = target else { return nil }
    let first = history.moments[0].position
    guard try go(to: found?.position ?? first) != nil else { return nil }
    return found?.stop ?? DebugStop(cpu: scheduler.next, .historyBegins)
  }

  /// An instant at which to stop, and what the client is told.
  struct Target {
    let position: VirtualPosition
    let stop: DebugStop
  }

  private var isGivenUp: Bool { machine.isStopping || machine.isPauseWanted || isDead }

  /// Where instructions of the present turn have been counted.
  private var position: VirtualPosition {
    VirtualPosition(turns: turns, instructions: instructions ?? 0)
  }

  // MARK: The present

  /// The present instant, in instructions if they were not counted.
  ///
  /// *How:* the turn is run again step by step, up to the first instant at which registers and memory are what
  /// they are now. If there are several such instants, nothing distinguishes them, the guest included.
  ///
  /// - Returns: nil where that never is, because the run depends on more than its start.
  private mutating func presentPosition(
    _ present: MachineMoment
  ) throws(KVMError) -> VirtualPosition? {
    guard instructions == nil else { return position }
    let cpu = scheduler.next
    guard try go(to: VirtualPosition(turns: turns)) != nil else { return nil }
    while !isGivenUp {
      if try isSame(as: present, cpu) { return position }
      guard let loop = scheduler.readyLoop(), loop.vcpu.index == cpu,
        turns == present.position.turns
      else { return nil }
      _ = try step(loop, with: BreakpointTable())
    }
    return nil
  }

  private mutating func isSame(as moment: MachineMoment, _ cpu: Int) throws(KVMError) -> Bool {
    guard let registers = try machine.vcpus[cpu].handle.state(.registers),
      MachineMoment.comparable(registers) == moment.registers(of: cpu)
    else { return false }
    try rememberChanges()
    return pages.allSatisfy {
      $0.value == moment.pages[$0.key] ?? [UInt8](repeating: 0, count: 4096)
    }
  }

  // MARK: To an instant

  /// Makes the machine as it was at an instant.
  private mutating func go(to target: VirtualPosition) throws(KVMError) -> Void? {
    try bringBack(history.latest(notAfter: target))
    while turns < target.turns {
      if isGivenUp { return nil }
      try moveByTurn()
    }
    while position < target {
      if isGivenUp { return nil }
      guard turns == target.turns, let loop = scheduler.readyLoop() else { return nil }
      _ = try step(loop, with: BreakpointTable())
    }
    return ()
  }

  /// One turn at full speed, or the wait for an alarm.
  private mutating func moveByTurn() throws(KVMError) {
    guard let loop = scheduler.readyLoop() else { return try idle() }
    _ = try turn(loop, with: BreakpointTable())
  }

  // MARK: Searches

  /// Kept instants before another one, the latest first, each with the end of its part of the run.
  private func parts(before end: VirtualPosition) -> [(start: MachineMoment, end: VirtualPosition)]
  {
    let starts = history.moments.filter { $0.position < end }
    let ends = starts.dropFirst().map(\.position) + [end]
    return zip(starts, ends).reversed().map { ($0, $1) }
  }

  /// The instant before a vCPU's last instruction.
  ///
  /// - Returns: nil where it gave up; a nil target where there is none.
  private mutating func lastInstruction(
    of cpu: Int, before present: VirtualPosition
  ) throws(KVMError) -> Target?? {
    let stop = DebugStop(cpu: cpu, .step)
    if present.instructions > 0 && scheduler.next == cpu {
      let position = VirtualPosition(turns: present.turns, instructions: present.instructions - 1)
      return Target(position: position, stop: stop)
    }
    for part in parts(before: VirtualPosition(turns: present.turns)) {
      try bringBack(part.start)
      var last: VirtualPosition?
      while turns < part.end.turns {
        if isGivenUp { return .none }
        if scheduler.readyLoop()?.vcpu.index == cpu { last = position }
        try moveByTurn()
      }
      guard let last else { continue }
      guard let end = try lastInstant(ofTurnAt: last) else { return .none }
      return Target(position: end, stop: stop)
    }
    return .some(nil)
  }

  /// The instant before the instruction that ends a turn.
  private mutating func lastInstant(
    ofTurnAt start: VirtualPosition
  ) throws(KVMError) -> VirtualPosition? {
    guard try go(to: start) != nil else { return nil }
    var last = start
    while turns == start.turns {
      if isGivenUp { return nil }
      last = position
      guard let loop = scheduler.readyLoop() else { return nil }
      _ = try step(loop, with: BreakpointTable())
    }
    return last
  }

  /// The last instant at which a breakpoint's instruction was next, or after which watched memory changed.
  ///
  /// - Returns: nil where it gave up; a nil target where there is none.
  private mutating func lastStop(before present: VirtualPosition) throws(KVMError) -> Target?? {
    let table = debug.breakpoints
    if table.isEmpty { return .some(nil) }
    for part in parts(before: present) {
      try bringBack(part.start)
      var last: Target?
      while position < part.end {
        if isGivenUp { return .none }
        if let stop = try stopOfNextMove(table) { last = stop }
      }
      if let last { return last }
    }
    return .some(nil)
  }

  /// Makes the smallest move, and says whether the client wants to stop before it.
  private mutating func stopOfNextMove(_ table: BreakpointTable) throws(KVMError) -> Target? {
    let start = position
    let loop = scheduler.readyLoop()
    let vcpu = loop?.vcpu ?? machine.vcpus[scheduler.next]
    let before = try machine.watchedValues(by: table, vcpu)
    var reason: DebugStop.Reason?
    if let loop {
      reason = table.reasonToStop(at: try loop.linearAddress())
      _ = try step(loop, with: BreakpointTable())
    } else {
      try idle()
    }
    if let changed = try machine.changedWatch(since: before, by: table, vcpu) {
      reason = .watchpoint(changed)
    }
    // An interruption by the host is not a move.
    guard let reason, position != start else { return nil }
    return Target(position: start, stop: DebugStop(cpu: vcpu.index, reason))
  }
}

extension BreakpointTable {
  /// Why a guest stops before an instruction.
  fileprivate func reasonToStop(at address: UInt64) -> DebugStop.Reason? {
    if let kind = kindInMemory(at: address) {
      return kind == .software ? .softwareBreakpoint : .hardwareBreakpoint
    }
    let isHardware = hardware.contains { $0.kind == .hardware && $0.address == address }
    return isHardware ? .hardwareBreakpoint : nil
  }
}
