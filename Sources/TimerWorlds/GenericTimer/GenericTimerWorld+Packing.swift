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
    coder.code(&savedTimer, from: registers) { saved, coder in
      saved.code(by: &coder, expecting: ideal)
    }
    coder.code(&savedController, from: InterruptControllerCPU()) { saved, coder in
      saved.code(by: &coder)
    }
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
    host.parts.controller.state.code(by: &coder)
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
    coder.code(&virtualOffset, expecting: ideal.isAhead ? 0 &- offset : offset, bits: 34)
    virtual.code(by: &coder, expecting: ideal.virtual)
    physical.code(by: &coder, expecting: ideal.physical)
  }
}

extension GenericTimerRegisters.Channel {
  fileprivate mutating func code<Coder: StateCoder>(
    by coder: inout Coder, expecting ideal: GenericTimerIdeal.Channel
  ) {
    let known: UInt32 = (ideal.isEnabled ? 1 : 0) | (ideal.isMasked ? 2 : 0)
    coder.code(&control.rawValue, expecting: known, bits: 4)
    coder.code(&compareValue, expecting: ideal.compare, bits: 35)
  }
}

extension GenericTimerIdeal {
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
    coder.code(&isEnabled)
    coder.code(&isMasked)
    // Near the count, far ahead, or long met.
    coder.code(&compare, expecting: count &- 3, bits: 35)
    coder.code(&isInterruptEnabled)
    coder.code(&isLatched)
    coder.code(&isActive)
  }
}
