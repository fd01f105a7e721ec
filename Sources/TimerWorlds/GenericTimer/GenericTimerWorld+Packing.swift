public import Exploration
internal import TimerModels

// A state in few bits: most of the devices is what the ideal has.

extension GenericTimerWorld {
  private typealias Parts = GenericTimerParts<Host.Timer, Host.Controller, Host.Lines>

  /// Whether host and devices hold nothing beside what is named.
  public static var isPacked: Bool {
    MemoryLayout<Host>.size == MemoryLayout<Parts>.size
      && MemoryLayout<Host.Timer>.size == MemoryLayout<GenericTimer>.size
      && MemoryLayout<Host.Controller>.size == MemoryLayout<InterruptControllerState>.size
      && MemoryLayout<Host.Lines>.size == MemoryLayout<LineMemory>.size
  }

  /// Names the ideal's parts, the devices' by the ideal's, and what a checkpoint holds.
  public mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    coder.code(&now, expecting: Self.present, bits: 3)
    ideal.code(by: &coder, at: now)
    codeParts(by: &coder)
    coder.code(&isBlocked)
    coder.code(&isRestoring)
    let counter = ideal.virtualCount(now)
    coder.code(&stoppedCounter, expecting: host.parts.isRunning ? 0 : counter, bits: 6)
    let ideal = ideal
    let registers = host.parts.timer.registers
    let pushed = host.parts.lines.pushed
    coder.code(&savedTimer, from: registers) { saved, coder in
      saved.code(by: &coder, expecting: ideal)
    }
    coder.code(&savedController, from: InterruptControllerCPU()) { saved, coder in
      saved.code(by: &coder, expecting: ideal.interface(line: pushed))
    }
  }

  /// Copies the one CPU that there is, of eight.
  public mutating func assume(_ state: borrowing Self) {
    guard Self.isPacked else {
      self = copy state
      return
    }
    (now, ideal, stoppedCounter) = (state.now, state.ideal, state.stoppedCounter)
    (isBlocked, isRestoring) = (state.isBlocked, state.isRestoring)
    (savedTimer, savedController) = (state.savedTimer, state.savedController)
    host.parts.timer = state.host.parts.timer
    host.parts.lines = state.host.parts.lines
    host.parts.armed = state.host.parts.armed
    host.parts.isControllerReady = state.host.parts.isControllerReady
    host.parts.isRunning = state.host.parts.isRunning
    host.parts.controller.state.isForwarding = state.host.parts.controller.state.isForwarding
    host.parts.controller.state.cpus[0] = state.host.parts.controller.state.cpus[0]
    host.parts.controller.state.shared = state.host.parts.controller.state.shared
    host.parts.controller.state.targets = state.host.parts.controller.state.targets
  }

  private mutating func codeParts<Coder: StateCoder>(by coder: inout Coder) {
    host.parts.timer.registers.code(by: &coder, expecting: ideal)
    coder.code(&host.parts.timer.outputs.rawValue, bits: 2)
    code(&host.parts.timer.alarm, expecting: now, by: &coder)
    let alarm = host.parts.timer.alarm?.nanoseconds ?? now
    code(&host.parts.armed, expecting: alarm, by: &coder)
    coder.code(&host.parts.isControllerReady)
    coder.code(&host.parts.isRunning)
    coder.code(
      &host.parts.lines.pushed, expecting: host.parts.timer.outputs.levels, bits: 33)
    coder.code(&host.parts.controller.state.isForwarding)
    let expected = ideal.interface(line: host.parts.lines.pushed)
    host.parts.controller.state.cpus[0].code(by: &coder, expecting: expected)
    host.parts.controller.state.shared.code(by: &coder, expecting: InterruptBank())
    coder.code(
      targets: &host.parts.controller.state.targets, expecting: SIMD32(repeating: 1))
  }

  private func code<Coder: StateCoder>(
    _ part: inout Instant?, expecting expected: UInt64, by coder: inout Coder
  ) {
    coder.code(&part, from: .origin) { instant, coder in
      coder.code(&instant.nanoseconds, expecting: expected, bits: 35)
    }
  }
}

extension GenericTimerRegisters {
  /// Names all parts but the frequency, which nothing changes.
  fileprivate mutating func code<Coder: StateCoder>(
    by coder: inout Coder, expecting ideal: GenericTimerIdeal
  ) {
    let offset = GenericTimerIdeal.offset
    var expected = self
    expected.virtualOffset = ideal.isAhead ? 0 &- offset : offset
    expected.virtual = ideal.virtual.registers
    expected.physical = ideal.physical.registers
    var differs = !coder.isUnpacking && self != expected
    coder.code(&differs)
    guard differs else {
      if coder.isUnpacking { self = expected }
      return
    }
    coder.code(&virtualOffset, expecting: ideal.isAhead ? 0 &- offset : offset, bits: 34)
    virtual.code(by: &coder, expecting: ideal.virtual)
    physical.code(by: &coder, expecting: ideal.physical)
  }
}

extension GenericTimerRegisters.Channel {
  fileprivate mutating func code<Coder: StateCoder>(
    by coder: inout Coder, expecting ideal: GenericTimerIdeal.Channel
  ) {
    coder.code(&control.rawValue, expecting: ideal.registers.control.rawValue, bits: 4)
    coder.code(&compareValue, expecting: ideal.compare, bits: 35)
  }
}

extension GenericTimerIdeal {
  /// The registers of a right controller's CPU that hears these lines.
  fileprivate func interface(line: UInt32) -> InterruptControllerCPU {
    var interface = InterruptControllerCPU()
    interface.isEnabled = true
    interface.priorityMask = 0xff
    interface.bank.line = line
    let (first, second): (UInt32, UInt32) = (1 << 27, 1 << 30)
    interface.bank.enabled |= virtual.isInterruptEnabled ? first : 0
    interface.bank.enabled |= physical.isInterruptEnabled ? second : 0
    interface.bank.latched = (virtual.isLatched ? first : 0) | (physical.isLatched ? second : 0)
    interface.bank.active = (virtual.isActive ? first : 0) | (physical.isActive ? second : 0)
    if let running {
      interface.acknowledged = 1 << UInt64(running)
      interface.activePriorities = 1
    }
    return interface
  }

  /// Names all parts.
  fileprivate mutating func code<Coder: StateCoder>(by coder: inout Coder, at now: UInt64) {
    coder.code(&isAhead)
    virtual.code(by: &coder, at: virtualCount(now))
    physical.code(by: &coder, at: Self.physicalCount(now))
    coder.code(&running, from: 0) { id, coder in coder.code(&id, bits: 6) }
  }
}

extension GenericTimerIdeal.Channel {
  fileprivate mutating func code<Coder: StateCoder>(by coder: inout Coder, at count: UInt64) {
    var flags: UInt64 = (isEnabled ? 1 : 0) | (isMasked ? 2 : 0) | (isInterruptEnabled ? 4 : 0)
    flags |= (isLatched ? 8 : 0) | (isActive ? 16 : 0)
    coder.code(exactly: &flags, bits: 5)
    if coder.isUnpacking {
      (isEnabled, isMasked) = (flags & 1 != 0, flags & 2 != 0)
      (isInterruptEnabled, isLatched) = (flags & 4 != 0, flags & 8 != 0)
      isActive = flags & 16 != 0
    }
    // Near the count, far ahead, or long met.
    coder.code(&compare, expecting: count &- 3, bits: 35)
  }

  /// What a right timer holds.
  fileprivate var registers: GenericTimerRegisters.Channel {
    var registers = GenericTimerRegisters.Channel()
    registers.control.rawValue = (isEnabled ? 1 : 0) | (isMasked ? 2 : 0)
    registers.compareValue = compare
    return registers
  }
}
