internal import KVM

/// The question whether a guest whose vCPUs halt inside the kernel is dead (`--irqchip kernel` and `split`),
/// asked while the machine is paused.
///
/// No vCPU runs meanwhile, and the devices belong to the thread that asks. What may still happen is the
/// kernel's own: it may deliver an interrupt that was raised before, and its timers may expire.
///
/// *Guarantee:* what is dead by this can never run again. A guest of which a vCPU is halted with interrupts
/// on is never called dead: a local APIC's timer that has expired and that KVM will only deliver at the next
/// entry shows in nothing that can be read.
///
/// *Why RFLAGS.IF is not all:* see ``WakeUpCalls``.
///
/// *Order:* the pins before the vCPUs. A pin's call is on its way (its line is high, and the controller does
/// not know it yet), or the controller has passed it on, in which case the vCPU that is looked at later
/// shows it. The other way round a call could pass from the one to the other unseen.
///
/// *Assumes:* what cannot be read does not end a halt with interrupts off. A performance counter counts
/// while the guest executes; thermal and error interrupts follow what vCPUs do; LINT1 is wired to nothing;
/// another vCPU's IPI and its paravirtual kick are with their target before it halts.
struct PausedDeathCheck: Hashable, Sendable {
  /// Where to look.
  enum Look: Hashable, Sendable {
    /// What the IOAPIC may deliver though no vCPU runs.
    case pins
    /// What a vCPU does.
    case vcpu(Int)
  }

  /// Where to look next; nil once it is decided.
  private(set) var next: Look? = .pins
  /// Whether the guest is proven dead.
  private(set) var isDead = false

  private let cpus: Int
  private var calls: WakeUpCalls = []

  /// A check of a machine with so many vCPUs, at least 1.
  init(cpus: Int) {
    precondition(cpus >= 1)
    self.cpus = cpus
  }

  /// Takes what the IOAPIC may deliver, to any vCPU.
  ///
  /// *Why its destinations are left out:* a guest may change its local APICs' names, and a mode that has to be
  /// understood to be right is not a proof.
  mutating func note(pins: WakeUpCalls) {
    precondition(next == .pins, "not asked")
    calls = pins
    next = .vcpu(0)
  }

  /// Takes what a vCPU does.
  mutating func note(_ vcpu: ParkedVCPU) {
    guard case .vcpu(let index) = next else { preconditionFailure("not asked") }
    guard !vcpu.mayRun(by: calls) else { return next = nil }
    next = index + 1 < cpus ? .vcpu(index + 1) : nil
    isDead = next == nil
  }
}

/// What gets a vCPU out of a halt whether or not it takes interrupts.
///
/// A redirection entry or a local vector names its delivery mode in bits 10:8 (Intel SDM 3A, 11.5.1 and
/// 11.6.1). Fixed, lowest priority and ExtINT are interrupts as RFLAGS.IF means them. All others are
/// calls, the reserved ones among them: KVM ends a halt for mode 3 (a paravirtual kick), too.
struct WakeUpCalls: OptionSet, Hashable, Sendable {
  let rawValue: UInt8

  /// An NMI: not while the vCPU handles one, nor before it is started.
  static let nmi = WakeUpCalls(rawValue: 1)
  /// An SMI, an INIT, a start-up message, or what KVM makes of a reserved mode.
  static let other = WakeUpCalls(rawValue: 2)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// What a redirection entry or local vector lets through, if it is not masked.
  init(vectorEntry bits: UInt32) {
    let isMasked = bits >> 16 & 1 == 1
    switch bits >> 8 & 7 {
    case _ where isMasked: self = []
    case 0, 1, 7: self = []
    case 4: self = .nmi
    default: self = .other
    }
  }
}

/// A vCPU as the kernel shows it while no vCPU runs.
struct ParkedVCPU: Hashable, Sendable {
  /// Whether it executes, is halted, or waits for a start-up message.
  var runState: VCPURunState
  /// RFLAGS.IF.
  var takesInterrupts = false
  /// Whether it handles an NMI, and takes another only after IRET.
  var blocksNMI = false
  /// Whether an exception, an interrupt, an NMI or an SMI is pending, or is being delivered.
  var hasPendingEvent = false
  /// What its local APIC's own sources may deliver.
  var ownCalls: WakeUpCalls = []

  /// Whether it executes, or may again.
  ///
  /// - Parameter calls: What may come from outside.
  /// - Returns: False where nothing of that ends its rest.
  func mayRun(by calls: WakeUpCalls) -> Bool {
    let calls = calls.union(ownCalls)
    return switch runState {
    case .runnable: true
    case .halted:
      takesInterrupts || hasPendingEvent || calls.contains(.other)
        || calls.contains(.nmi) && !blocksNMI
    case .waitingForStartUp: calls.contains(.other)
    }
  }
}

/// Lines of devices while no vCPU runs, as bits: bit n is line n.
struct RestingLines: Hashable, Sendable {
  /// Lines that are high, or that their device may raise by itself.
  var possible: UInt32 = 0
  /// Lines that are high and whose level the controller knows.
  var known: UInt32 = 0
}

extension IOAPIC {
  /// The calls that a pin may deliver though no vCPU runs.
  ///
  /// *Level-triggered:* not before the guest has ended the last one (remote IRR). *Edge-triggered:* not
  /// while the line stays high, since only a guest's access lowers it.
  ///
  /// - Parameter lines: What the lines that lead to the pins may do.
  /// - Returns: Those of all pins together.
  func possibleCalls(from lines: RestingLines) -> WakeUpCalls {
    var calls: WakeUpCalls = []
    for (pin, entry) in entries.enumerated() {
      let able =
        entry.isLevel
        ? entry.isInService ? 0 : lines.possible | levels
        : lines.possible & ~lines.known
      guard able >> UInt32(pin) & 1 == 1 else { continue }
      calls.formUnion(WakeUpCalls(vectorEntry: UInt32(truncatingIfNeeded: entry.bits)))
    }
    return calls
  }

  /// The kernel's IOAPIC (`kvm_ioapic_state`), of which the table and the levels matter here.
  ///
  /// - Parameter bytes: ``KernelController/ioapic``, 512 of them.
  init(kernelState bytes: [UInt8]) {
    precondition(bytes.count == 512, "the state of a controller in the kernel")
    self.init()
    func word(at offset: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }
    levels = word(at: 16)
    for pin in entries.indices {
      entries[pin].bits = UInt64(word(at: 24 + 8 * pin)) | UInt64(word(at: 28 + 8 * pin)) << 32
    }
  }
}
