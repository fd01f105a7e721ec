public import Exploration
internal import TimerModels

// A state in few bits.

extension InterruptControllerWorld {
  /// Whether the controller holds nothing beside its state.
  public static var isPacked: Bool {
    MemoryLayout<Controller>.size == MemoryLayout<InterruptControllerState>.size
  }

  /// Names the ideal's parts, and the controller's by what the ideal makes them.
  public mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    ideal.code(by: &coder)
    coder.code(&controller.state.isForwarding)
    for cpu in 0...1 {
      controller.state.cpus[cpu].code(by: &coder, expecting: ideal.interface(of: cpu))
    }
    controller.state.shared.code(by: &coder, expecting: ideal.sharedBank)
    var targets = SIMD32<UInt8>()
    targets[8] = 1 << UInt8(ideal.target)
    coder.code(targets: &controller.state.targets, expecting: targets)
  }

  /// Copies the two CPUs that there are, of eight.
  public mutating func assume(_ state: borrowing Self) {
    guard Self.isPacked else {
      self = copy state
      return
    }
    ideal = state.ideal
    controller.state.isForwarding = state.controller.state.isForwarding
    controller.state.cpus[0] = state.controller.state.cpus[0]
    controller.state.cpus[1] = state.controller.state.cpus[1]
    controller.state.shared = state.controller.state.shared
    controller.state.targets = state.controller.state.targets
  }
}

// What a right controller holds, as bits.
extension InterruptControllerIdeal {
  /// Names all parts.
  fileprivate mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    var flags: UInt64 = (isSplit ? 1 : 0) | (isForwarding ? 2 : 0) | UInt64(target) << 2
    coder.code(exactly: &flags, bits: 3)
    if coder.isUnpacking {
      (isSplit, isForwarding, target) = (flags & 1 != 0, flags & 2 != 0, Int(flags >> 2))
    }
    first.code(by: &coder)
    second.code(by: &coder)
    coder.code(&spi)
  }

  /// A CPU's banked registers.
  fileprivate func interface(of cpu: Int) -> InterruptControllerCPU {
    let own = self[cpu]
    var interface = InterruptControllerCPU()
    interface.bank.enabled |= own.ppi.isEnabled ? 1 << 27 : 0
    interface.bank.latched = (own.sgi.sources != 0 ? 2 : 0) | (own.ppi.isLatched ? 1 << 27 : 0)
    interface.bank.line = own.ppi.line ? 1 << 27 : 0
    interface.bank.active = (own.sgi.isActive ? 2 : 0) | (own.ppi.isActive ? 1 << 27 : 0)
    interface.bank.priorities[27] = own.ppi.isLow ? Self.low : 0
    interface.sources[1] = own.sgi.sources
    interface.isEnabled = own.isEnabled
    interface.splitsCompletion = isSplit
    interface.priorityMask = own.isMasked ? Self.low : 0xff
    interface.binaryPoint = own.isGrouped ? 6 : 0
    // A priority has every second level.
    let low: UInt128 = 1 << UInt128(Self.low / 2)
    if let running = own.running {
      interface.acknowledged = 1 << UInt64(running)
      interface.activePriorities = own.isRunningLow ? low : 1
    }
    if let interrupted = own.interrupted {
      interface.acknowledged |= 1 << UInt64(interrupted)
      interface.activePriorities |= low
    }
    return interface
  }

  /// The SPIs' registers.
  fileprivate var sharedBank: InterruptBank {
    var bank = InterruptBank()
    bank.enabled = spi.isEnabled ? 1 << 8 : 0
    bank.latched = spi.isLatched ? 1 << 8 : 0
    bank.line = spi.line ? 1 << 8 : 0
    bank.edge = spi.isEdge ? 1 << 8 : 0
    bank.active = spi.isActive ? 1 << 8 : 0
    bank.priorities[8] = spi.isLow ? Self.low : 0
    return bank
  }
}

extension InterruptControllerIdeal.CPU {
  fileprivate mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    var flags: UInt64 = (isEnabled ? 1 : 0) | (isRunningLow ? 2 : 0) | (isMasked ? 4 : 0)
    flags |= Self.number(of: running) << 3 | Self.number(of: interrupted) << 5
    flags |= isGrouped ? 128 : 0
    coder.code(exactly: &flags, bits: 8)
    if coder.isUnpacking {
      (isEnabled, isRunningLow, isMasked) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0)
      (running, interrupted) = (Self.id(of: flags >> 3 & 3), Self.id(of: flags >> 5 & 3))
      isGrouped = flags & 128 != 0
    }
    coder.code(&sgi)
    coder.code(&ppi)
  }

  private static func number(of id: UInt32?) -> UInt64 {
    switch id {
    case nil: 0
    case 1: 1
    case 27: 2
    default: 3
    }
  }

  private static func id(of number: UInt64) -> UInt32? {
    switch number {
    case 0: nil
    case 1: 1
    case 2: 27
    default: 40
    }
  }
}

extension StateCoder {
  @inline(__always)
  fileprivate mutating func code(_ interrupt: inout InterruptControllerIdeal.Interrupt) {
    var flags: UInt64 = (interrupt.isEnabled ? 1 : 0) | (interrupt.isLatched ? 2 : 0)
    flags |= (interrupt.line ? 4 : 0) | (interrupt.isEdge ? 8 : 0)
    flags |= (interrupt.isActive ? 16 : 0) | (interrupt.isLow ? 32 : 0)
    flags |= UInt64(interrupt.sources) << 6
    code(exactly: &flags, bits: 8)
    guard isUnpacking else { return }
    interrupt.isEnabled = flags & 1 != 0
    interrupt.isLatched = flags & 2 != 0
    interrupt.line = flags & 4 != 0
    interrupt.isEdge = flags & 8 != 0
    interrupt.isActive = flags & 16 != 0
    interrupt.isLow = flags & 32 != 0
    interrupt.sources = UInt8(flags >> 6)
  }
}
