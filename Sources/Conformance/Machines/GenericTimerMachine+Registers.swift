internal import TimerModels

// The registers of timer, distributor and CPU interface, by the names that scripts have for them.

extension GenericTimerMachine {
  /// `read`.
  public mutating func read(_ source: ARMVocabulary.Source, argument: UInt64) -> ConformanceValue {
    switch source {
    case .ctl: ConformanceValue(timer.read(at: now, .control(.virtual)))
    case .enable: controlBit(.enable)
    case .imask: controlBit(.mask)
    case .istatus: controlBit(.status)
    case .cval: ConformanceValue(read(.cval))
    case .tval: ConformanceValue(timer.read(at: now, .timerValue(.virtual)))
    case .cntvct: ConformanceValue(read(.cntvct))
    case .cntpct: ConformanceValue(read(.cntpct))
    case .cntfrq: ConformanceValue(read(.cntfrq))
    case .cntvoff: ConformanceValue(timer.read(at: now, .virtualOffset))
    case .irq: ConformanceValue(isInterrupted ? 1 : 0)
    case .iar: interface(GICC.iar)
    case .hppir: interface(GICC.hppir)
    case .rpr: interface(GICC.rpr)
    case .pmr: interface(GICC.pmr)
    case .bpr: interface(GICC.bpr)
    case .interfaceControl: interface(GICC.ctlr)
    case .distributorControl: distributor(GICD.ctlr)
    case .typer: distributor(GICD.typer)
    case .icfgr0: distributor(GICD.icfgr)
    case .icfgr1: distributor(GICD.icfgr + 4)
    case .icfgr2: distributor(GICD.icfgr + 8)
    case .isenabler0: distributor(GICD.isenabler)
    case .pending: ConformanceValue(readBit(GICD.ispendr, argument))
    case .pendingByClear: ConformanceValue(readBit(GICD.icpendr, argument))
    case .active: ConformanceValue(readBit(GICD.isactiver, argument))
    case .enabled: ConformanceValue(readBit(GICD.isenabler, argument))
    case .priority: ConformanceValue(readPriority(argument))
    case .cfg: ConformanceValue(readConfiguration(argument))
    case .irqs: ConformanceValue(handler.taken)
    case .spurious: ConformanceValue(handler.spurious)
    case .lastid: ConformanceValue(handler.lastID)
    case .lead: ConformanceValue(handler.lead, isSigned: true)
    case .seq: ConformanceValue(handler.sequence)
    // The guest's kernel, with CNTVOFF in the hands of the machine.
    case .el: ConformanceValue(1)
    case .bootControl, .bootCompare, .bootConfiguration0, .bootConfiguration1, .bootConfiguration2,
      .bootEnabled0, .bootPriority27, .bootMask, .bootBinaryPoint, .bootDistributorControl,
      .bootInterfaceControl:
      boot[source] ?? ConformanceValue(0)
    }
  }

  /// Registers as they are before the script's start state is set up.
  ///
  /// *Why now:* a device that cannot be saved has no past to look at later.
  static func readBoot(of machine: Self) -> [ARMVocabulary.Source: ConformanceValue] {
    let sources: [(ARMVocabulary.Source, of: ARMVocabulary.Source, argument: UInt64)] = [
      (.bootControl, .ctl, 0), (.bootCompare, .cval, 0), (.bootConfiguration0, .icfgr0, 0),
      (.bootConfiguration1, .icfgr1, 0), (.bootConfiguration2, .icfgr2, 0),
      (.bootEnabled0, .isenabler0, 0), (.bootPriority27, .priority, 27), (.bootMask, .pmr, 0),
      (.bootBinaryPoint, .bpr, 0), (.bootDistributorControl, .distributorControl, 0),
      (.bootInterfaceControl, .interfaceControl, 0),
    ]
    var (past, values) = (machine, [ARMVocabulary.Source: ConformanceValue]())
    for (name, source, argument) in sources { values[name] = past.read(source, argument: argument) }
    return values
  }

  /// `write`, and `sgi`.
  public mutating func write(
    _ destination: ARMVocabulary.Destination, argument: UInt64, _ value: UInt64
  ) {
    let word = UInt32(truncatingIfNeeded: value)
    switch destination {
    case .ctl: writeTimer(.control(.virtual), value)
    case .cval: writeTimer(.compareValue(.virtual), value)
    case .tval: writeTimer(.timerValue(.virtual), value)
    case .cntvoff:
      writeVirtualOffset(value)
      push()
    case .pmr: writeWord(.cpuInterface, GICC.pmr, word)
    case .bpr: writeWord(.cpuInterface, GICC.bpr, word)
    case .eoir: writeWord(.cpuInterface, GICC.eoir, word)
    case .dir: writeWord(.cpuInterface, GICC.dir, word)
    case .interfaceControl: writeWord(.cpuInterface, GICC.ctlr, word)
    case .distributorControl: writeWord(.distributor, GICD.ctlr, word)
    case .isenabler: writeBit(GICD.isenabler, value)
    case .icenabler: writeBit(GICD.icenabler, value)
    case .ispendr: writeBit(GICD.ispendr, value)
    case .icpendr: writeBit(GICD.icpendr, value)
    case .isactiver: writeBit(GICD.isactiver, value)
    case .icactiver: writeBit(GICD.icactiver, value)
    case .priority: writePriority(argument, word)
    case .cfg: writeConfiguration(argument, word)
    // To this CPU only: filter 2.
    case .sgi: writeWord(.distributor, GICD.sgir, 2 << 24 | word & 0xf)
    }
  }

  // MARK: - Timer

  mutating func writeTimer(_ register: GenericTimerRegister, _ value: UInt64) {
    timer.write(at: now, register, value)
    push()
  }

  private func controlBit(_ bit: GenericTimerControl) -> ConformanceValue {
    ConformanceValue(control.contains(bit) ? 1 : 0)
  }

  // MARK: - Controller

  private mutating func interface(_ offset: Int) -> ConformanceValue {
    ConformanceValue(UInt64(readWord(.cpuInterface, offset)))
  }

  private mutating func distributor(_ offset: Int) -> ConformanceValue {
    ConformanceValue(UInt64(readWord(.distributor, offset)))
  }

  mutating func readWord(_ frame: InterruptControllerFrame, _ offset: Int) -> UInt32 {
    controller.read(frame, offset: offset, size: 4, cpu: 0)
  }

  mutating func writeWord(_ frame: InterruptControllerFrame, _ offset: Int, _ value: UInt32) {
    controller.write(frame, offset: offset, size: 4, value: value, cpu: 0)
  }

  /// The number of an interrupt in a script; nil beyond 1019, where there never is one.
  private func interrupt(_ number: UInt64) -> Int? { number < 1020 ? Int(number) : nil }

  /// The bit of an interrupt in an array of registers; 0 where there is no such interrupt.
  mutating func readBit(_ offset: Int, _ number: UInt64) -> UInt64 {
    guard let id = interrupt(number) else { return 0 }
    return UInt64(readWord(.distributor, offset + id / 32 * 4) >> (id % 32) & 1)
  }

  /// Writes a 1 for one interrupt, and 0 for its neighbours, which does nothing to them.
  private mutating func writeBit(_ offset: Int, _ number: UInt64) {
    guard let id = interrupt(number) else { return }
    writeWord(.distributor, offset + id / 32 * 4, 1 << (id % 32))
  }

  private mutating func readPriority(_ number: UInt64) -> UInt64 {
    guard let id = interrupt(number) else { return 0 }
    return UInt64(controller.read(.distributor, offset: GICD.ipriorityr + id, size: 1, cpu: 0))
  }

  private mutating func writePriority(_ number: UInt64, _ priority: UInt32) {
    guard let id = interrupt(number) else { return }
    controller.write(
      .distributor, offset: GICD.ipriorityr + id, size: 1, value: priority, cpu: 0)
  }

  private mutating func readConfiguration(_ number: UInt64) -> UInt64 {
    guard let id = interrupt(number) else { return 0 }
    return UInt64(readWord(.distributor, GICD.icfgr + id / 16 * 4) >> (2 * (id % 16)) & 3)
  }

  private mutating func writeConfiguration(_ number: UInt64, _ field: UInt32) {
    guard let id = interrupt(number) else { return }
    let offset = GICD.icfgr + id / 16 * 4
    let shift = 2 * (id % 16)
    let others = readWord(.distributor, offset) & ~(3 << shift)
    writeWord(.distributor, offset, others | (field & 3) << shift)
  }
}
