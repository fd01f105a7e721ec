// From pending to signalled, acknowledged, ended and deactivated.

extension InterruptControllerRules {
  /// Writes GICD_SGIR: sends an SGI (GIC-13); target filter in bits 25:24, target list in 23:16, number in 3:0.
  ///
  /// Filter 0 is the list, 1 all CPUs but `cpu`, 2 `cpu` itself; 3 is reserved and ignored, as
  /// are targets that do not exist.
  public mutating func sendSGI(_ command: UInt32, from cpu: Int) {
    let source: UInt8 = 1 << cpu
    let targets: UInt8 =
      switch command >> 24 & 3 {
      case 0: UInt8(truncatingIfNeeded: command >> 16) & allCPUs
      case 1: allCPUs & ~source
      case 2: source
      default: 0
      }
    for target in 0..<state.cpuCount where targets >> target & 1 == 1 {
      addSources(source, ofSGI: Int(command & 0xf), cpu: target)
    }
  }

  /// Makes an SGI pending at `cpu` from each of `sources`, once a source.
  public mutating func addSources(_ sources: UInt8, ofSGI id: Int, cpu: Int) {
    state.cpus[cpu].sources[id] |= sources & allCPUs
    latchSGI(id, cpu: cpu)
  }

  /// Writes a field of GICD_CPENDSGIR: withdraws an SGI that is pending at `cpu` from each of `sources`.
  public mutating func removeSources(_ sources: UInt8, ofSGI id: Int, cpu: Int) {
    state.cpus[cpu].sources[id] &= ~sources
    latchSGI(id, cpu: cpu)
  }

  /// Makes the latch of an SGI agree with its sources.
  private mutating func latchSGI(_ id: Int, cpu: Int) {
    let bit: UInt32 = 1 << id
    if state.cpus[cpu].sources[id] == 0 {
      state.cpus[cpu].bank.latched &= ~bit
    } else {
      state.cpus[cpu].bank.latched |= bit
    }
  }

  /// The interrupt that would be signalled to `cpu` if nothing were running there (GIC-8).
  ///
  /// Distributor and interface are on; the interrupt is enabled, pending and not active, targets
  /// this CPU, and has a priority strictly higher than GICC_PMR. The highest priority wins, and
  /// among equals the lowest number.
  public func highestPending(cpu: Int) -> Int? {
    let interface = state.cpus[cpu]
    guard state.isForwarding, interface.isEnabled else { return nil }
    var best: Int?
    var bestPriority = interface.priorityMask
    for word in 0...1 {
      let bank = state[word, cpu: cpu]
      var candidates = pending(word: word, cpu: cpu) & bank.enabled & ~bank.active
      while candidates != 0 {
        let index = candidates.trailingZeroBitCount
        candidates &= candidates - 1
        guard bank.priorities[index] < bestPriority,
          word == 0 || state.targets[index] >> cpu & 1 == 1
        else { continue }
        bestPriority = bank.priorities[index]
        best = word * 32 + index
      }
    }
    return best
  }

  /// The priority at which `cpu` runs: 0 to 0xff, or 0x100 when it has taken no interrupt.
  ///
  /// The highest preemption level that has been taken and not dropped.
  public func runningPriority(cpu: Int) -> Int {
    let levels = state.cpus[cpu].activePriorities
    return levels == 0 ? 0x100 : levels.trailingZeroBitCount * 2
  }

  /// Whether the controller asserts IRQ at `cpu`: something is pending and may preempt (GIC-8).
  public func irqOutput(cpu: Int) -> Bool {
    signalled(cpu: cpu) != nil
  }

  /// What GICC_IAR gives: pending, and of higher priority than what is running.
  ///
  /// The running priority has no bits below the binary point, so comparing it with the whole
  /// priority is comparing group priorities.
  private func signalled(cpu: Int) -> Int? {
    guard let id = highestPending(cpu: cpu), priority(of: id, cpu: cpu) < runningPriority(cpu: cpu)
    else { return nil }
    return id
  }

  private func priority(of id: Int, cpu: Int) -> Int {
    Int(state[id / 32, cpu: cpu].priorities[id % 32])
  }

  /// Reads GICC_IAR: takes the signalled interrupt (GIC-9).
  ///
  /// It becomes active and its latch is cleared, whether edge or level: a level-sensitive one
  /// whose line is high is then active and pending, and not signalled. Of an SGI, one source is
  /// taken, the lowest; with others left it stays pending.
  ///
  /// - Returns: The number in bits 9:0 and an SGI's source CPU in 12:10, or 1023 when nothing is
  ///   signalled (any more).
  public mutating func acknowledge(cpu: Int) -> UInt32 {
    guard let id = signalled(cpu: cpu) else { return Self.spuriousInterrupt }
    let bit: UInt32 = 1 << (id % 32)
    let groupMask = ~0 << (Int(state.cpus[cpu].binaryPoint) + 1)
    let level = (priority(of: id, cpu: cpu) & groupMask) / 2
    state.cpus[cpu].activePriorities |= 1 << level
    state.cpus[cpu].acknowledged |= 1 << id
    state[id / 32, cpu: cpu].active |= bit
    guard id < 16 else {
      state[id / 32, cpu: cpu].latched &= ~bit
      return UInt32(id)
    }
    let source = state.cpus[cpu].sources[id].trailingZeroBitCount
    removeSources(1 << source, ofSGI: id, cpu: cpu)
    return UInt32(id | source << 10)
  }

  /// Ends an interrupt (GIC-10): drops the running priority, and unless GICC_CTLR.EOImode is set
  /// deactivates it.
  ///
  /// Nothing is latched here: a level-sensitive interrupt whose line is still high is pending
  /// again, one whose line is low is not (GIC-11).
  ///
  /// The interrupt must have been acknowledged by this CPU and not ended, or be active, as after
  /// a restore by register; GICC_EOIR of any other, 1023 among them, has no effect. One that was taken again
  /// within its own handler (GIC-12) is ended as often: it is the one where more levels run than interrupts.
  public mutating func endInterrupt(_ value: UInt32, cpu: Int) {
    guard let id = interruptID(in: value) else { return }
    let bit: UInt64 = 1 << id
    let (acknowledged, levels) = (
      state.cpus[cpu].acknowledged, state.cpus[cpu].activePriorities
    )
    guard
      acknowledged & bit != 0 || isActive(id, cpu: cpu)
        || acknowledged.nonzeroBitCount < levels.nonzeroBitCount
    else { return }
    state.cpus[cpu].acknowledged &= ~bit
    // Completions nest, so the highest level is the one to drop: the lowest bit.
    state.cpus[cpu].activePriorities = levels & (levels &- 1)
    if !state.cpus[cpu].splitsCompletion { state[id / 32, cpu: cpu].active &= ~(1 << (id % 32)) }
  }

  /// Writes GICC_DIR: deactivates an interrupt that has been ended with GICC_CTLR.EOImode set (GIC-10).
  public mutating func deactivate(_ value: UInt32, cpu: Int) {
    guard state.cpus[cpu].splitsCompletion, let id = interruptID(in: value) else { return }
    state[id / 32, cpu: cpu].active &= ~(1 << (id % 32))
  }

  /// The interrupt number in a value written to GICC_EOIR or GICC_DIR, if there is such a one.
  private func interruptID(in value: UInt32) -> Int? {
    let id = Int(value & 0x3ff)
    return id < InterruptControllerState.interruptCount ? id : nil
  }

  private func isActive(_ id: Int, cpu: Int) -> Bool {
    state[id / 32, cpu: cpu].active >> (id % 32) & 1 == 1
  }

  /// 1023: what GICC_IAR and GICC_HPPIR show when there is nothing.
  public static var spuriousInterrupt: UInt32 { 1023 }
}
