internal import CKVM
internal import GDBProtocol
internal import KVM
internal import LinuxHost
internal import Synchronization

/// A vCPU's loop while a debugger may look at the guest.
///
/// *Why a separate loop:* what a run without a debugger goes through at every exit asks nothing of this.
extension VCPULoop {
  /// Runs until the machine stops, at the host's time, as a debugger orders it.
  @inline(never)
  func runDebugged(by debug: DebugControl) throws(KVMError) {
    while !machine.isStopping {
      if machine.isPauseWanted {
        debug.publish(exitSummary, cpu: vcpu.index)
        try machine.park([self])
        // The client may have set registers, which on some backends ends what KVM was told.
        appliedDebugging = nil
        placeBehindHalt = nil
      } else {
        switch debug.order(of: vcpu.index) {
        case .hold: waitToBeReleased(by: debug)
        case .run where debug.breakpoints.compared.isEmpty: try runDebuggedTurn(by: debug)
        case .run: try runComparedStep(by: debug)
        case .step: try runOrderedStep(by: debug)
        }
      }
    }
  }

  private func runDebuggedTurn(by debug: DebugControl) throws(KVMError) {
    guard isReady else { return try wait() }
    if case .debug(let event) = try turn(with: debug.breakpoints) {
      try answer(event, by: debug)
    }
  }

  /// A turn with breakpoints.
  func turn(with table: BreakpointTable) throws(KVMError) -> VCPUExit {
    vectorToTake = nil
    try apply(debugging(with: table))
    return try asDebugExit(turn(), with: table)
  }

  private func runOrderedStep(by debug: DebugControl) throws(KVMError) {
    guard isReady else { return try wait() }
    switch try step(with: debug.breakpoints, takesInterrupts: false) {
    case .interrupted: break
    case .debug(let event): try answer(event, by: debug, isStep: true)
    default:
      while try complete() {}
      // Not where it is an exit of a handler's, on the way over a `hlt`.
      guard placeBehindHalt == nil else { return }
      machine.stop(for: DebugStop(cpu: vcpu.index, .step), by: debug)
    }
  }

  /// One instruction, and a look whether memory that is watched was changed.
  private func runComparedStep(by debug: DebugControl) throws(KVMError) {
    guard isReady else { return try wait() }
    let table = debug.breakpoints
    let before = try machine.watchedValues(by: table, vcpu)
    switch try step(with: table, takesInterrupts: true) {
    case .interrupted: return
    case .debug(let event): try answer(event, by: debug)
    default: while try complete() {}
    }
    if let changed = try machine.changedWatch(since: before, by: table, vcpu) {
      machine.stop(for: DebugStop(cpu: vcpu.index, .watchpoint(changed)), by: debug)
    }
  }

  /// A vCPU that is to stand still while others run; it is let through a pause as any other.
  private func waitToBeReleased(by debug: DebugControl) {
    KickSignal.block()
    defer { KickSignal.unblock() }
    while debug.order(of: vcpu.index) == .hold && !machine.isPauseWanted && !machine.isStopping {
      Poller.pause()
    }
  }

  // MARK: Steps

  /// Executes one instruction, or one round of a repeated one; or, where an interrupt is taken, none, and the
  /// vCPU stands before the handler's first.
  ///
  /// Assumes: ``isReady``.
  ///
  /// *Why an interrupt is not a step of the processor's:* the interrupt would push RFLAGS with the trap flag,
  /// which returns with the handler's `iret` when no thread steps any more; and some backends then go through
  /// the whole handler. A `hlt` in the place of its first instruction stops before it, and leaves no trace.
  ///
  /// *Why `hlt` is none:* some backends step over it without halting, and halt behind a later instruction.
  /// Where it exits to this program it stops by itself; where the kernel keeps it, the vCPU runs, through its
  /// handler, up to a debug register behind it (``placeBehindHalt``).
  ///
  /// - Parameters:
  ///   - table: The client's breakpoints.
  ///   - takesInterrupts: Whether interrupts are taken at the host's time. One that ended a halt is taken in
  ///     any case.
  /// - Returns: Why it stopped: a debug exit; another exit of the instruction, which is to be completed;
  ///   ``VCPUExit/interrupted`` where nothing was executed.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  func step(with table: BreakpointTable, takesInterrupts: Bool) throws(KVMError) -> VCPUExit {
    let isOffering =
      machine.clock.isVirtual ? !isBetweenExits : takesInterrupts || activity != .running
    guard let entry = try begin(offeringInterrupts: isOffering) else { return .interrupted }
    if !isOffering { vcpu.handle.requestInterruptWindow(false) }
    vectorToTake = entry.vector ?? vectorToTake
    if let vector = vectorToTake { return try take(vector, with: table) }
    try apply(try stepDebugging(with: table, takesInterrupts: takesInterrupts))
    return try asDebugExit(enter(), with: table)
  }

  /// Takes an interrupt that was given to the vCPU, up to its handler's first instruction.
  private func take(_ vector: UInt8, with table: BreakpointTable) throws(KVMError) -> VCPUExit {
    try apply(debugging(with: table))
    guard let handler = try machine.handlerAddress(ofVector: vector, of: vcpu),
      let physical = try vcpu.handle.physicalAddress(of: handler)
    else { return try asDebugExit(enter(), with: table) }
    var patch = BreakpointPatches(for: .user)
    patch.put(at: [physical], in: machine.shared.handle.memory)
    defer { patch.lift(from: machine.shared.handle.memory) }
    let exit = try enter()
    if exit == .interrupted { return exit }
    vectorToTake = nil
    guard exit == .halt, try linearAddress() == handler &+ 1 else {
      return try asDebugExit(exit, with: table)
    }
    try returnToBreakpoint()
    return .debug(.own(at: handler))
  }

  /// An exit by a breakpoint instruction of the debugger's, whatever the backend makes of it, as a debug exit.
  private func asDebugExit(
    _ exit: VCPUExit, with table: BreakpointTable
  ) throws(KVMError) -> VCPUExit {
    switch exit {
    case .halt:
      let address = try linearAddress() &- 1
      guard table.software[address] != nil else { return exit }
      try returnToBreakpoint()
      return .debug(.breakpoint(at: address))
    case .emulationFailure where try isAtBreakpoint():
      return .debug(.breakpoint(at: try linearAddress()))
    default: return exit
    }
  }

  /// Takes back a `hlt` that stands in the place of the guest's instruction.
  private func returnToBreakpoint() throws(KVMError) {
    var registers = try vcpu.handle.registers()
    registers.rip &-= 1
    try vcpu.handle.setRegisters(registers)
    appliedDebugging = nil
    stayBetweenExits()
  }

  private func stepDebugging(
    with table: BreakpointTable, takesInterrupts: Bool
  ) throws(KVMError) -> GuestDebugging {
    let haltsInKernel = machine.configuration.irqchip != .user
    if placeBehindHalt == nil {
      let address = try linearAddress()
      let bytes = try machine.linearBytes(
        at: address, count: HaltInstruction.bytesMax, of: vcpu)
      if haltsInKernel, try vcpu.handle.runState() == .halted {
        placeBehindHalt = address
      } else if let length = HaltInstruction.length(of: bytes) {
        guard haltsInKernel else { return debugging(with: table) }
        placeBehindHalt = address &+ UInt64(length)
      }
    }
    var debugging = debugging(with: table, own: placeBehindHalt)
    if placeBehindHalt != nil { return debugging }
    debugging.isStepping = true
    debugging.blocksInterrupts = haltsInKernel && !takesInterrupts
    return debugging
  }

  /// Informs KVM how the vCPU is debugged, where that has changed.
  ///
  /// *Why a step is told each time:* KVM sets the trap flag again, where an instruction that it emulates has
  /// cleared it, only at the instruction at which it was told.
  func apply(_ debugging: GuestDebugging) throws(KVMError) {
    guard debugging != appliedDebugging || debugging.isStepping else { return }
    try vcpu.handle.setDebugging(debugging)
    appliedDebugging = debugging
  }

  /// What a client's breakpoints need of KVM.
  ///
  /// - Parameters:
  ///   - table: The client's breakpoints.
  ///   - own: The linear address of an instruction that this program itself wants to stop at.
  /// - Returns: The request.
  private func debugging(with table: BreakpointTable, own: UInt64? = nil) -> GuestDebugging {
    let (addresses, control) = table.debugRegisters(own: own)
    var debugging = GuestDebugging(addresses: addresses, control: control)
    debugging.takesBreakpoints =
      machine.configuration.irqchip != .user && !table.software.isEmpty
    return debugging
  }

  // MARK: Debug exits

  /// What was recorded of the vCPU's exits.
  var exitSummary: ExitSummary {
    ExitSummary(statistics: recorder.statistics, latest: recorder.trace.latest(16))
  }

  /// Finds out what a debug exit means, and has the machine stop for it.
  func answer(
    _ event: DebugEvent, by debug: DebugControl, isStep: Bool = false
  ) throws(KVMError) {
    guard let stop = try stop(for: event, by: debug, isStep: isStep) else { return }
    machine.stop(for: stop, by: debug)
  }

  /// - Returns: Why the machine is to stop; nil where the guest continues.
  func stop(
    for event: DebugEvent, by debug: DebugControl, isStep: Bool
  ) throws(KVMError) -> DebugStop? {
    let table = debug.breakpoints
    if event.exception == DebugEvent.breakpointInstruction {
      guard let kind = table.kindInMemory(at: event.address) else {
        try vcpu.handle.handOnBreakpointException()
        return isStep ? DebugStop(cpu: vcpu.index, .step) : nil
      }
      return DebugStop(
        cpu: vcpu.index, kind == .software ? .softwareBreakpoint : .hardwareBreakpoint)
    }
    if let hit = table.hardwareHit(debugStatus: event.status) {
      return DebugStop(
        cpu: vcpu.index, hit.kind == .hardware ? .hardwareBreakpoint : .watchpoint(hit))
    }
    return isStep ? DebugStop(cpu: vcpu.index, .step) : nil
  }
}

extension Machine {
  /// Stops the guest for its debugger, if one is there.
  func stop(for stop: DebugStop, by debug: DebugControl) {
    if debug.note(stop) { requestPause() }
  }

  /// What the memory that is watched holds.
  func watchedValues(by table: BreakpointTable, _ vcpu: VCPU) throws(KVMError) -> [[UInt8]] {
    var values: [[UInt8]] = []
    for watch in table.compared {
      values.append(try visibleBytes(at: watch.address, count: Int(watch.length), of: vcpu))
    }
    return values
  }

  /// The first watch whose memory has changed.
  func changedWatch(
    since before: [[UInt8]], by table: BreakpointTable, _ vcpu: VCPU
  ) throws(KVMError) -> Breakpoint? {
    let after = try watchedValues(by: table, vcpu)
    return after.indices.first { before[$0] != after[$0] }.map { table.compared[$0] }
  }
}
