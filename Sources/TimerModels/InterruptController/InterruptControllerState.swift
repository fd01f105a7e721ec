/// What the controller stores for 32 interrupts: a bit of each word, and a priority, for each.
///
/// The line, the latch and the configuration are three states. Whether an interrupt is pending
/// follows from them when it is asked for (GIC-1), and is not stored: a restore may write them in
/// any order.
public struct InterruptBank: Hashable, Sendable {
  /// GICD_ISENABLER: may be signalled.
  public var enabled: UInt32 = 0
  /// The latch: an edge that came in, or a write to GICD_ISPENDR, not yet acknowledged.
  public var latched: UInt32 = 0
  /// The level of the input.
  public var line: UInt32 = 0
  /// GICD_ICFGR: edge-triggered; the others are level-sensitive.
  public var edge: UInt32 = 0
  /// GICD_ISACTIVER: acknowledged and not yet deactivated.
  public var active: UInt32 = 0
  /// GICD_IPRIORITYR, 8 bits each; 0 is the highest.
  public var priorities = SIMD32<UInt8>()

  /// Creates a bank with everything clear.
  public init() {}
}

/// What is banked for one CPU: its private interrupts, and its interface.
public struct InterruptControllerCPU: Hashable, Sendable {
  /// Interrupts 0 to 31: SGIs, and the PPIs from 16 on.
  public var bank = InterruptBank()
  /// For each SGI, the CPUs from which one is pending, a bit each.
  ///
  /// *Guarantee:* the bank's latch of an SGI is set exactly if there is such a CPU.
  public var sources = SIMD16<UInt8>()
  /// GICC_CTLR.EnableGrp0, bit 0.
  public var isEnabled = false
  /// GICC_CTLR.EOImode, bit 9: GICC_EOIR drops the priority only, GICC_DIR deactivates.
  public var splitsCompletion = false
  /// GICC_PMR: only what has a lower value, a higher priority, is signalled.
  public var priorityMask: UInt8 = 0
  /// GICC_BPR, 0 to 7: only the bits of a priority above this one decide about preemption.
  public var binaryPoint: UInt8 = 0
  /// GICC_APR: a bit for each of the 128 preemption levels that has been taken and not dropped.
  public var activePriorities: UInt128 = 0
  /// The interrupts that this CPU took from GICC_IAR and has not written to GICC_EOIR.
  ///
  /// Not the same as active: software can change GICD_ISACTIVER behind the interface's back, and
  /// with a split completion an interrupt stays active after its priority has been dropped.
  public var acknowledged: UInt64 = 0

  /// Creates the state after a reset: the interface off, SGIs enabled and edge-triggered, PPIs
  /// disabled and level-sensitive (GIC-7, upstream commit 4b4b4512da2a).
  public init() {
    bank.enabled = InterruptControllerState.sgiMask
    bank.edge = InterruptControllerState.sgiMask
  }
}

/// A value for each of up to eight CPUs, in place.
public struct PerCPU<Element: Hashable & Sendable>: Hashable, Sendable {
  /// The number of CPUs, 1 to 8.
  public let count: Int
  private var elements: InlineArray<8, Element>

  /// Gives every CPU the same value.
  public init(repeating element: Element, count: Int) {
    precondition((1...8).contains(count), "1 to 8 CPUs")
    self.count = count
    elements = InlineArray(repeating: element)
  }

  /// The value of one CPU, which must be one that there is.
  ///
  /// *Why not get and set:* a getter is handed a copy of all eight, to take one of them.
  public subscript(cpu: Int) -> Element {
    _read {
      precondition((0..<count).contains(cpu), "no such CPU")
      yield elements[cpu]
    }
    _modify {
      precondition((0..<count).contains(cpu), "no such CPU")
      yield &elements[cpu]
    }
  }

  /// Whether there are equally many CPUs, with equal values.
  public static func == (left: Self, right: Self) -> Bool {
    left.count == right.count
      && (0..<left.count).allSatisfy { left.elements[$0] == right.elements[$0] }
  }

  /// Feeds the values of all CPUs to `hasher`.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for cpu in 0..<count { hasher.combine(elements[cpu]) }
  }
}

/// All that an interrupt controller stores.
///
/// A plain value: saving it saves the controller. Nothing in it is computed from the rest, so it
/// can be restored field by field in any order.
public struct InterruptControllerState: Hashable, Sendable {
  /// GICD_CTLR.EnableGrp0: pending interrupts are forwarded to the CPU interfaces.
  public var isForwarding = false
  /// What is banked for each CPU.
  public var cpus: PerCPU<InterruptControllerCPU>
  /// Interrupts 32 to 63, the SPIs.
  public var shared = InterruptBank()
  /// GICD_ITARGETSR of the SPIs: the CPUs to which each goes, a bit each.
  public var targets: SIMD32<UInt8>

  /// The number of interrupts.
  public static let interruptCount = 64
  /// The bits of the SGIs in the first word of a register.
  public static let sgiMask: UInt32 = 0xffff

  /// Creates the state after a reset.
  ///
  /// With a single CPU, it is the target of every SPI, and cannot cease to be.
  public init(cpuCount: Int) {
    cpus = PerCPU(repeating: InterruptControllerCPU(), count: cpuCount)
    targets = SIMD32(repeating: cpuCount == 1 ? 1 : 0)
  }

  /// How many CPUs there are, 1 to 8.
  public var cpuCount: Int { cpus.count }

  /// The first or the second 32 interrupts as `cpu` sees them: its own, or the shared ones.
  public subscript(word: Int, cpu cpu: Int) -> InterruptBank {
    get { word == 0 ? cpus[cpu].bank : shared }
    set {
      if word == 0 { cpus[cpu].bank = newValue } else { shared = newValue }
    }
  }
}
