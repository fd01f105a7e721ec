/// The operations of an interrupt controller, each with its right behaviour.
///
/// The requirements, beside `state` and ``init(state:)``, are those operations that a historic
/// bug replaces; each has an implementation, and these call each other as requirements. So
/// ``InterruptController`` adds nothing to them, and a variant that shows a historic bug is a type
/// that replaces the one faulty operation.
///
/// `word` is 0 for the interrupts 0 to 31, banked for `cpu`, and 1 for 32 to 63, where `cpu` does
/// not matter. `cpu` is a number below the controller's ``InterruptControllerState/cpuCount``.
public protocol InterruptControllerRules: InterruptControllerInterface, Saveable
where State == InterruptControllerState {
  /// Creates a controller that continues from `state`.
  init(state: InterruptControllerState)

  /// Which interrupts are pending.
  func pending(word: Int, cpu: Int) -> UInt32

  /// Drives the input of a PPI or an SPI (GIC-2).
  ///
  /// Two callers must not drive one line: its owner calls, and calls with every change.
  ///
  /// - Parameters:
  ///   - id: The interrupt, 16 to 63: an SGI has no input.
  ///   - cpu: The CPU to which a PPI belongs.
  ///   - level: Whether the line is asserted.
  mutating func setLine(_ id: Int, cpu: Int, level: Bool)

  /// Writes GICD_ISENABLER.
  mutating func enable(_ bits: UInt32, word: Int, cpu: Int)

  /// Writes GICD_ISPENDR.
  mutating func setPending(_ bits: UInt32, word: Int, cpu: Int)

  /// Writes GICD_ICPENDR.
  mutating func clearPending(_ bits: UInt32, word: Int, cpu: Int)

  /// Writes GICD_ICACTIVER.
  mutating func clearActive(_ bits: UInt32, word: Int, cpu: Int)

  /// Reads a register of GICD_ICFGR, of 16 interrupts.
  func readConfiguration(index: Int, cpu: Int) -> UInt32

  /// Writes a register of GICD_ICFGR, of 16 interrupts.
  mutating func writeConfiguration(index: Int, _ fields: UInt32)

  /// Writes a field of GICD_SPENDSGIR.
  mutating func addSources(_ sources: UInt8, ofSGI id: Int, cpu: Int)

  /// The interrupt that would be signalled to `cpu` if nothing were running there.
  func highestPending(cpu: Int) -> Int?

  /// Whether the controller asserts IRQ at `cpu`.
  func irqOutput(cpu: Int) -> Bool

  /// Writes GICC_EOIR.
  mutating func endInterrupt(_ value: UInt32, cpu: Int)
}

extension InterruptControllerRules {
  /// Creates a controller after a reset.
  ///
  /// - Parameter cpuCount: How many CPUs it serves, 1 to 8.
  public init(cpuCount: Int) {
    self.init(state: InterruptControllerState(cpuCount: cpuCount))
  }

  /// Another controller of this type.
  public func restarted(cpuCount: Int) -> Self { Self(cpuCount: cpuCount) }

  /// The latch, or the line of a level-sensitive one (GIC-1).
  ///
  /// Upstream commits faa1b46c3e9f and 8694e4da66a6 brought KVM there.
  public func pending(word: Int, cpu: Int) -> UInt32 {
    let bank = state[word, cpu: cpu]
    return bank.latched | bank.line & ~bank.edge
  }

  /// A rising line sets the latch of an edge-triggered interrupt; a repeated level changes
  /// nothing.
  public mutating func setLine(_ id: Int, cpu: Int, level: Bool) {
    precondition((16..<InterruptControllerState.interruptCount).contains(id), "no such input")
    let bit: UInt32 = 1 << (id % 32)
    var bank = state[id / 32, cpu: cpu]
    if level {
      bank.latched |= bit & bank.edge & ~bank.line
      bank.line |= bit
    } else {
      bank.line &= ~bit
    }
    state[id / 32, cpu: cpu] = bank
  }

  /// Enables the interrupts whose bits are set; the others stay as they are (GIC-6).
  ///
  /// Whether one is pending then follows from its line as it is, not as it once was, and the
  /// latch is not touched.
  public mutating func enable(_ bits: UInt32, word: Int, cpu: Int) {
    state[word, cpu: cpu].enabled |= bits
  }

  /// Writes GICD_ICENABLER: disables the interrupts whose bits are set, SGIs excepted (GIC-6).
  ///
  /// Line, latch and active state stay, and pending can still be read.
  public mutating func disable(_ bits: UInt32, word: Int, cpu: Int) {
    state[word, cpu: cpu].enabled &= ~withoutSGIs(bits, word: word)
  }

  /// Sets the latches (GIC-3).
  ///
  /// SGIs have GICD_SPENDSGIR for it and ignore this.
  public mutating func setPending(_ bits: UInt32, word: Int, cpu: Int) {
    state[word, cpu: cpu].latched |= withoutSGIs(bits, word: word)
  }

  /// Clears the latches and no more (GIC-3).
  ///
  /// Where the line is high, a level-sensitive interrupt stays pending. SGIs have GICD_CPENDSGIR
  /// for it and ignore this.
  public mutating func clearPending(_ bits: UInt32, word: Int, cpu: Int) {
    state[word, cpu: cpu].latched &= ~withoutSGIs(bits, word: word)
  }

  /// Writes GICD_ISACTIVER: makes interrupts active (GIC-12), which holds them back; the running priority stays.
  public mutating func setActive(_ bits: UInt32, word: Int, cpu: Int) {
    state[word, cpu: cpu].active |= bits
  }

  /// Makes interrupts inactive (GIC-12): a pending one can be signalled again.
  ///
  /// The running priority stays. It was raised by an acknowledgement, and GICC_EOIR drops it.
  public mutating func clearActive(_ bits: UInt32, word: Int, cpu: Int) {
    state[word, cpu: cpu].active &= ~bits
  }

  /// Writes a field of GICD_IPRIORITYR: an interrupt's priority; all 8 bits are implemented (GIC-14).
  public mutating func writePriority(_ id: Int, cpu: Int, _ priority: UInt8) {
    state[id / 32, cpu: cpu].priorities[id % 32] = priority
  }

  /// Writes a field of GICD_ITARGETSR: an SPI's targets; ignored for private interrupts, and where there is one CPU (GIC-14).
  ///
  /// An active interrupt is not signalled anywhere, so this matters to its next instance
  /// (GIC-15).
  public mutating func writeTargets(_ id: Int, _ cpus: UInt8) {
    guard id >= 32, state.cpuCount > 1 else { return }
    state.targets[id - 32] = cpus & allCPUs
  }

  /// Two bits per interrupt, of which the upper says that it is edge-triggered.
  public func readConfiguration(index: Int, cpu: Int) -> UInt32 {
    let edge = state[index / 2, cpu: cpu].edge >> (16 * UInt32(index % 2))
    return (0..<16).reduce(0) { $0 | (edge >> $1 & 1) << (2 * $1 + 1) }
  }

  /// Configures 16 SPIs; SGIs are always edge-triggered and PPIs level-sensitive (GIC-7).
  public mutating func writeConfiguration(index: Int, _ fields: UInt32) {
    guard index >= 2 else { return }
    let edge = (0..<16).reduce(UInt32(0)) { $0 | (fields >> (2 * $1 + 1) & 1) << $1 }
    let shift = 16 * UInt32(index % 2)
    state.shared.edge = state.shared.edge & ~(0xffff << shift) | edge << shift
  }

  /// Resets one interrupt of one CPU, as the reset of the device that drives it does (GIC-16).
  public mutating func resetInterrupt(_ id: Int, cpu: Int) {
    let bit: UInt32 = 1 << (id % 32)
    var bank = state[id / 32, cpu: cpu]
    bank.active &= ~bit
    bank.latched &= ~bit
    bank.line &= ~bit
    state[id / 32, cpu: cpu] = bank
    if id < 16 { state.cpus[cpu].sources[id] = 0 }
  }

  /// A bit for each CPU that there is.
  var allCPUs: UInt8 { UInt8(truncatingIfNeeded: (1 << state.cpuCount) - 1) }

  private func withoutSGIs(_ bits: UInt32, word: Int) -> UInt32 {
    word == 0 ? bits & ~InterruptControllerState.sgiMask : bits
  }
}
