/// What an interrupt controller with two CPUs is to do, interrupt by interrupt, from the rules
/// alone: the measure of ``InterruptControllerWorld``.
///
/// SGI 1 and PPI 27 of each CPU, and SPI 40; all of one priority, so that a CPU whose handler runs
/// takes nothing else.
struct InterruptControllerIdeal: Hashable, Sendable {
  /// One interrupt, of one CPU if it is banked.
  struct Interrupt: Hashable, Sendable {
    var isEnabled = true
    var isLatched = false
    var line = false
    var isEdge = false
    var isActive = false
    /// Of an SGI: the CPUs from which one is pending, a bit each.
    var sources: UInt8 = 0

    var isPending: Bool { isLatched || sources != 0 || (line && !isEdge) }
    var isCandidate: Bool { isEnabled && isPending && !isActive }

    mutating func drive(_ level: Bool) {
      if level, isEdge, !line { isLatched = true }
      line = level
    }
  }

  /// What is banked for a CPU.
  struct CPU: Hashable, Sendable {
    var sgi = Interrupt()
    var ppi = Interrupt()
    var isEnabled = true
    /// The interrupt whose handler runs: taken, and not ended.
    var running: UInt32?
  }

  var first = CPU()
  var second = CPU()
  var spi = Interrupt()
  /// The CPU to which the SPI goes.
  var target = 0
  /// GICC_CTLR.EOImode, on both CPUs: ending an interrupt does not deactivate it.
  var isSplit = false

  subscript(cpu: Int) -> CPU {
    get { cpu == 0 ? first : second }
    set { if cpu == 0 { first = newValue } else { second = newValue } }
  }

  subscript(cpu: Int, id: UInt32) -> Interrupt {
    get { id == 1 ? self[cpu].sgi : id == 27 ? self[cpu].ppi : spi }
    set {
      switch id {
      case 1: self[cpu].sgi = newValue
      case 27: self[cpu].ppi = newValue
      default: spi = newValue
      }
    }
  }

  /// The interrupts that a CPU sees, the first to be taken first.
  func visible(to cpu: Int) -> [3 of UInt32?] {
    [1, 27, cpu == target ? 40 : nil]
  }

  /// The interrupt that a CPU is to be interrupted for.
  func due(at cpu: Int) -> UInt32? {
    guard self[cpu].isEnabled, self[cpu].running == nil else { return nil }
    let visible = visible(to: cpu)
    for index in visible.indices {
      if let id = visible[index], self[cpu, id].isCandidate { return id }
    }
    return nil
  }

  /// Reads GICC_IAR.
  mutating func acknowledge(at cpu: Int) -> UInt32 {
    guard let id = due(at: cpu) else { return 1023 }
    self[cpu].running = id
    self[cpu, id].isActive = true
    guard id == 1 else {
      self[cpu, id].isLatched = false
      return id
    }
    let source: UInt8 = self[cpu].sgi.sources & 1 != 0 ? 0 : 1
    self[cpu].sgi.sources &= ~(1 << source)
    return id | UInt32(source) << 10
  }

  /// Writes GICC_EOIR for the handler that runs.
  mutating func end(at cpu: Int) {
    guard let id = self[cpu].running else { return }
    self[cpu].running = nil
    if !isSplit { self[cpu, id].isActive = false }
  }

  /// The interrupt that has been ended and not deactivated, the lowest first.
  func ended(at cpu: Int) -> UInt32? {
    guard isSplit else { return nil }
    for id: UInt32 in [1, 27, 40] where self[cpu, id].isActive {
      let isRunning = self[cpu].running == id || (id == 40 && self[1 - cpu].running == id)
      if !isRunning { return id }
    }
    return nil
  }
}
