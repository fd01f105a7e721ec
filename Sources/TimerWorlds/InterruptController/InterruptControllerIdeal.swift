/// What an interrupt controller with two CPUs is to do, interrupt by interrupt, from the rules
/// alone: the measure of ``InterruptControllerWorld``.
///
/// SGI 1 and PPI 27 of each CPU, and SPI 40; of two priorities, so that a CPU has two handlers at most, one
/// interrupted by the other.
struct InterruptControllerIdeal: Hashable, Sendable {
  /// One interrupt, of one CPU if it is banked.
  struct Interrupt: Hashable, Sendable {
    var isEnabled = true
    var isLatched = false
    var line = false
    var isEdge = false
    var isActive = false
    /// Of the lower of the two priorities.
    var isLow = false
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
    /// Whether it was of the lower priority when it was taken.
    var isRunningLow = false
    /// The interrupt, of the lower priority, whose handler it interrupted.
    var interrupted: UInt32?
    /// GICC_PMR lets the higher priority alone through.
    var isMasked = false
    /// GICC_BPR puts both priorities into one group: neither preempts the other.
    var isGrouped = false

    /// The CPU whose SGI is taken first.
    var lowestSource: UInt8 { sgi.sources & 1 != 0 ? 0 : 1 }

    /// Whether an interrupt may be taken now.
    func admits(_ interrupt: Interrupt) -> Bool {
      if interrupt.isLow { return running == nil && !isMasked }
      return running == nil || isRunningLow
    }
  }

  /// The lower priority; the higher is 0.
  static let low: UInt8 = 0x40

  var first = CPU()
  var second = CPU()
  var spi = Interrupt()
  /// The CPU to which the SPI goes.
  var target = 0
  /// GICC_CTLR.EOImode, on both CPUs: ending an interrupt does not deactivate it.
  var isSplit = false
  /// GICD_CTLR lets interrupts through.
  var isForwarding = true

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
    guard let id = highest(at: cpu), self[cpu].admits(self[cpu, id]) else { return nil }
    return id
  }

  /// The interrupt of the highest priority that waits for a CPU, whatever runs there and is masked.
  func highest(at cpu: Int) -> UInt32? {
    guard self[cpu].isEnabled, isForwarding else { return nil }
    let visible = visible(to: cpu)
    for isLow in [false, true] {
      for index in visible.indices {
        guard let id = visible[index], case let interrupt = self[cpu, id], interrupt.isCandidate,
          interrupt.isLow == isLow
        else { continue }
        return id
      }
    }
    return nil
  }

  /// The priority at which a CPU runs, 0x100 where it has taken nothing.
  func runningPriority(of cpu: Int) -> Int {
    self[cpu].running == nil ? 0x100 : self[cpu].isRunningLow ? Int(Self.low) : 0
  }

  /// Reads GICC_IAR.
  mutating func acknowledge(at cpu: Int) -> UInt32 {
    guard let id = due(at: cpu) else { return 1023 }
    self[cpu].interrupted = self[cpu].running
    self[cpu].running = id
    self[cpu].isRunningLow = self[cpu, id].isLow && !self[cpu].isGrouped
    self[cpu, id].isActive = true
    guard id == 1 else {
      self[cpu, id].isLatched = false
      return id
    }
    let source = self[cpu].lowestSource
    self[cpu].sgi.sources &= ~(1 << source)
    return id | UInt32(source) << 10
  }

  /// Writes GICC_EOIR for the handler that runs.
  mutating func end(at cpu: Int) {
    guard let id = self[cpu].running else { return }
    self[cpu].running = self[cpu].interrupted
    self[cpu].isRunningLow = self[cpu].interrupted != nil
    self[cpu].interrupted = nil
    if !isSplit { self[cpu, id].isActive = false }
  }

  /// The interrupt that has been ended and not deactivated, the lowest first.
  func ended(at cpu: Int) -> UInt32? {
    guard isSplit else { return nil }
    for id: UInt32 in [1, 27, 40] where self[cpu, id].isActive {
      let isOthers = id == 40 && (self[1 - cpu].running == id || self[1 - cpu].interrupted == id)
      if self[cpu].running != id, self[cpu].interrupted != id, !isOthers { return id }
    }
    return nil
  }
}
