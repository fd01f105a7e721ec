public import Exploration
internal import TimerModels

// A state in few bits.

extension InterruptControllerWorld {
  /// Whether the controller holds nothing beside its state.
  public static var isPacked: Bool {
    MemoryLayout<Controller>.size == MemoryLayout<InterruptControllerState>.size
  }

  /// Names the controller's parts and the ideal's.
  public mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    controller.state.code(by: &coder)
    ideal.code(by: &coder)
  }
}

extension InterruptControllerIdeal {
  /// Names all parts.
  mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    first.code(by: &coder)
    second.code(by: &coder)
    spi.code(by: &coder)
    coder.code(&isSplit)
    coder.code(&isForwarding)
    var isSecond = target == 1
    coder.code(&isSecond)
    target = isSecond ? 1 : 0
  }
}

extension InterruptControllerIdeal.CPU {
  mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    sgi.code(by: &coder)
    ppi.code(by: &coder)
    coder.code(&isEnabled)
    coder.code(&running, from: 0) { id, coder in coder.code(&id, bits: 6) }
    coder.code(&isRunningLow)
    coder.code(&interrupted, from: 0) { id, coder in coder.code(&id, bits: 6) }
    coder.code(&isMasked)
    coder.code(&isGrouped)
  }
}

extension InterruptControllerIdeal.Interrupt {
  mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    coder.code(&isEnabled)
    coder.code(&isLatched)
    coder.code(&line)
    coder.code(&isEdge)
    coder.code(&isActive)
    coder.code(&isLow)
    coder.code(&sources, bits: 4)
  }
}
