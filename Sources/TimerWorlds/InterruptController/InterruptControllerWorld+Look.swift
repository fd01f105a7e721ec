internal import Exploration
internal import TimerModels

// Everything that can be read, and written that is to change nothing: on copies, so that the world stays as it
// is.

extension InterruptControllerWorld {
  func look() -> Property? {
    for cpu in 0...1 where !showsHighest(cpu) { return .highestPending }
    for ignored in Self.ignored {
      var other = controller
      ignored(&other)
      if other != controller { return .effect }
    }
    let ids = [0, 15, 16, 27, 31, 32, 63]
    let isRight =
      isCarriedOut && isReset && isSentToAll && isTargeted && isConfigured && isEnded && isNested
      && ids.allSatisfy(lives)
    return isRight ? nil : .effect
  }

  /// GICC_HPPIR is GICC_IAR without an effect, and without what runs.
  private func showsHighest(_ cpu: Int) -> Bool {
    var right: UInt32 = 1023
    if let id = ideal.highest(at: cpu), !ideal[cpu].isMasked || !ideal[cpu, id].isLow {
      right = id == 1 ? id | UInt32(ideal[cpu].lowestSource) << 10 : id
    }
    var other = controller
    let value = other.read(.cpuInterface, offset: GICC.hppir, size: 4, cpu: cpu)
    return value == right && other == controller
  }

  /// What changes nothing: SGIs and PPIs have no more than the architecture gives them, and interrupts, CPUs
  /// and filters that there are not are ignored.
  private static var ignored: [(inout Controller) -> Void] {
    [
      { $0.disable(0xffff, word: 0, cpu: 0) },
      { $0.setPending(0xffff, word: 0, cpu: 0) },
      { $0.clearPending(0xffff, word: 0, cpu: 0) },
      { $0.enable(0, word: 0, cpu: 0) },
      { $0.writeTargets(31, 2) },
      { $0.writeConfiguration(index: 0, 0) },
      { $0.writeConfiguration(index: 1, .max) },
      // To the list, none of which is there; by a filter that is reserved.
      { $0.sendSGI(0xfc << 16 | 1, from: 0) },
      { $0.sendSGI(3 << 24 | 0xff << 16 | 1, from: 0) },
      { $0.addSources(0xfc, ofSGI: 1, cpu: 0) },
      { $0.removeSources(0xfc, ofSGI: 1, cpu: 0) },
      // Neither taken nor active, or no interrupt at all.
      { $0.endInterrupt(62, cpu: 0) },
      { $0.endInterrupt(64, cpu: 0) },
      { $0.endInterrupt(1023, cpu: 0) },
      { $0.deactivate(1023, cpu: 0) },
      // EOImode is clear here.
      { $0.deactivate(27, cpu: 0) },
    ]
  }

  /// A step of a driver is the operation that it names.
  private var isCarriedOut: Bool {
    var (stepped, direct) = (controller, controller)
    let value = stepped.perform(.read(.distributor, offset: GICD.isenabler, cpu: 1))
    stepped.perform(.write(.distributor, offset: GICD.isenabler, 1 << 30, cpu: 1))
    stepped.perform(.write(.distributor, offset: GICD.ipriorityr + 30, size: 1, 0x55, cpu: 1))
    stepped.perform(.line(30, cpu: 1, level: true))
    direct.enable(1 << 30, word: 0, cpu: 1)
    direct.writePriority(30, cpu: 1, 0x55)
    direct.setLine(30, cpu: 1, level: true)
    return value == controller.state.cpus[1].bank.enabled && stepped == direct
  }

  /// The controller with nothing enabled and nothing running, whatever else there is.
  private var quiet: Controller {
    var other = controller
    other.state.isForwarding = true
    other.state.shared.enabled = 0
    for cpu in 0...1 {
      other.state.cpus[cpu].isEnabled = true
      other.state.cpus[cpu].priorityMask = 0xff
      other.state.cpus[cpu].binaryPoint = 0
      other.state.cpus[cpu].splitsCompletion = false
      other.state.cpus[cpu].activePriorities = 0
      other.state.cpus[cpu].acknowledged = 0
      other.state.cpus[cpu].bank.enabled = 0
    }
    return other
  }

  /// Makes an interrupt pending at CPU 0, the only one that may be there.
  private func raise(_ id: Int, priority: UInt8, in other: inout Controller) {
    other.resetInterrupt(id, cpu: 0)
    other.enable(1 << (id % 32), word: id / 32, cpu: 0)
    other.writePriority(id, cpu: 0, priority)
    if id >= 32 { other.writeTargets(id, 1) }
    if id < 16 {
      other.sendSGI(2 << 24 | UInt32(id), from: 0)
    } else {
      other.setLine(id, cpu: 0, level: true)
    }
  }

  /// An interrupt is signalled, taken, and ended in one step and in two: the first and the last of each kind.
  private func lives(_ id: Int) -> Bool {
    let (word, bit) = (id / 32, UInt32(1) << (id % 32))
    var other = quiet
    raise(id, priority: 0x10, in: &other)
    let idle = other.state[word, cpu: 0].active
    guard other.irqOutput(cpu: 0), !other.irqOutput(cpu: 1),
      other.pending(word: word, cpu: 0) & bit != 0
    else { return false }
    guard other.acknowledge(cpu: 0) == id, !other.irqOutput(cpu: 0),
      other.runningPriority(cpu: 0) == 0x10, other.state[word, cpu: 0].active == idle | bit,
      other.pending(word: word, cpu: 0) & bit == (id < 16 ? 0 : bit)
    else { return false }
    if id >= 16 { other.setLine(id, cpu: 0, level: false) }
    var split = other
    other.endInterrupt(UInt32(id), cpu: 0)
    guard other.runningPriority(cpu: 0) == 0x100, other.state[word, cpu: 0].active == idle,
      !other.irqOutput(cpu: 0)
    else { return false }
    split.state.cpus[0].splitsCompletion = true
    split.endInterrupt(UInt32(id), cpu: 0)
    guard split.runningPriority(cpu: 0) == 0x100, split.state[word, cpu: 0].active == idle | bit
    else { return false }
    split.deactivate(UInt32(id), cpu: 0)
    raise(id, priority: 0x10, in: &other)
    other.disable(bit, word: word, cpu: 0)
    return split.state[word, cpu: 0].active == idle && other.irqOutput(cpu: 0) == (id < 16)
  }

  /// Handlers nest, and one that was ended and is ended again ends no other.
  private var isNested: Bool {
    var other = quiet
    raise(32, priority: 0x82, in: &other)
    guard other.acknowledge(cpu: 0) == 32 else { return false }
    raise(33, priority: 0x83, in: &other)
    // One level: the lowest bit of a priority is below the binary point.
    guard !other.irqOutput(cpu: 0) else { return false }
    raise(31, priority: 0x80, in: &other)
    guard other.acknowledge(cpu: 0) == 31, other.runningPriority(cpu: 0) == 0x80 else {
      return false
    }
    for id: UInt32 in [31, 31, 33] {
      other.endInterrupt(id, cpu: 0)
      guard other.runningPriority(cpu: 0) == 0x82 else { return false }
    }
    other.endInterrupt(32, cpu: 0)
    return other.runningPriority(cpu: 0) == 0x100
  }

  /// A reset takes line, latch, active state and sources from one interrupt, of one CPU (GIC-16).
  private var isReset: Bool {
    for id in [1, 15, 16, 27, 31, 32, 63] {
      let (word, bit) = (id / 32, UInt32(1) << (id % 32))
      var right = controller
      right.state[word, cpu: 0].line &= ~bit
      right.state[word, cpu: 0].latched &= ~bit
      right.state[word, cpu: 0].active &= ~bit
      if id < 16 { right.state.cpus[0].sources[id] = 0 }
      var other = controller
      other.setActive(bit, word: word, cpu: 0)
      if id < 16 {
        other.addSources(3, ofSGI: id, cpu: 0)
      } else {
        other.setPending(bit, word: word, cpu: 0)
        other.setLine(id, cpu: 0, level: true)
      }
      other.resetInterrupt(id, cpu: 0)
      if other != right { return false }
    }
    return true
  }

  /// An SGI to all others is one to the list of them, and comes to each with its sender (GIC-13).
  private var isSentToAll: Bool {
    for sender in 0...1 {
      var (all, listed) = (controller, controller)
      all.sendSGI(1 << 24 | 15, from: sender)
      listed.sendSGI(1 << UInt32(17 - sender) | 15, from: sender)
      let isPending = (0...1).map { all.pending(word: 0, cpu: $0) >> 15 & 1 == 1 }
      if all != listed || isPending != [sender == 1, sender == 0] { return false }
      var both = all
      both.sendSGI(0xff << 16 | 15, from: 1 - sender)
      both.removeSources(1 << UInt8(sender), ofSGI: 15, cpu: 1 - sender)
      // One from the other is left.
      if both.pending(word: 0, cpu: 1 - sender) >> 15 & 1 != 1 { return false }
    }
    return true
  }

  /// An SPI goes to every CPU of its targets that there is, and one of them takes it (GIC-14, GIC-15).
  private var isTargeted: Bool {
    var other = quiet
    raise(63, priority: 0xfe, in: &other)
    other.writeTargets(63, 0xff)
    guard other.state.targets[31] == 3 else { return false }
    guard other.irqOutput(cpu: 0), other.irqOutput(cpu: 1) else { return false }
    guard other.acknowledge(cpu: 1) == 63 else { return false }
    guard !other.irqOutput(cpu: 0), other.acknowledge(cpu: 0) == 1023 else { return false }
    return (1...8).allSatisfy(Self.hasItsCPUs)
  }

  /// A controller after reset: every SPI goes to the only CPU, and where there are more, to those that it is
  /// given; an SGI to all others goes to each of them.
  private static func hasItsCPUs(_ count: Int) -> Bool {
    var new = Controller(cpuCount: count)
    guard new.state.targets[0] == (count == 1 ? 1 : 0), !new.state.isForwarding,
      new.restarted(cpuCount: count) == new
    else { return false }
    new.writeTargets(32, 0xfe)
    guard new.state.targets[0] == (count == 1 ? 1 : UInt8(0xfe & ((1 << count) - 1))) else {
      return false
    }
    new.sendSGI(1 << 24 | 3, from: count - 1)
    return (0..<count).allSatisfy { cpu in
      let interface = new.state.cpus[cpu]
      return (new.pending(word: 0, cpu: cpu) == 1 << 3) == (cpu != count - 1)
        && interface.bank.enabled == 0xffff && interface.bank.active == 0
        && !interface.isEnabled && !interface.splitsCompletion && interface.priorityMask == 0
        && interface.binaryPoint == 0 && new.runningPriority(cpu: cpu) == 0x100
    }
  }

  /// Each SPI is configured by its own field, of which the low bit is not there (GIC-7).
  private var isConfigured: Bool {
    for (index, fields): (Int, UInt32) in [(2, 0x8000_0002), (3, 0x8000_0002), (3, 0x5555_5555)] {
      var other = controller
      other.writeConfiguration(index: index, fields)
      if other.readConfiguration(index: index, cpu: 0) != fields & 0xaaaa_aaaa { return false }
      let rest = 5 - index
      if other.readConfiguration(index: rest, cpu: 0)
        != controller.readConfiguration(index: rest, cpu: 0)
      {
        return false
      }
    }
    return true
  }

  /// An interrupt that is active and was not taken, as after a restore, is ended like another.
  private var isEnded: Bool {
    guard ideal[0].running == nil else { return true }
    var other = controller
    other.setActive(1 << 31, word: 1, cpu: 0)
    other.endInterrupt(63, cpu: 0)
    return other == controller
  }
}
