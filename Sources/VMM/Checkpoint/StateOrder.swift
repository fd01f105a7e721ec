internal import KVM

/// What is read or written of a machine by separate requests when it is saved or brought back.
enum StatePiece: Hashable, Sendable {
  /// A wait until the kernel's i8254 has counted to its end, if it counts once.
  case timerExpiry
  /// ``VirtualCPU/settle()``.
  case settling
  /// KVM_GET and KVM_SET of a part of a vCPU.
  case vcpu(VCPUStatePart)
  /// The TSC's offset (KVM_VCPU_TSC_OFFSET).
  case tscOffset
  /// What this program knows of a vCPU.
  case loop
  /// KVM_RUN with `immediate_exit`: what KVM says of interrupts in the page that it shares.
  case entry
  /// KVM_GET_IRQCHIP and KVM_SET_IRQCHIP.
  case controller(KernelController)
  /// KVM_IRQ_LINE: the levels that devices have said to the kernel's controllers.
  case lines
  /// KVM_GET_PIT2; KVM_SET_PIT2 of an i8254 that may interrupt.
  case timer
  /// KVM_SET_PIT2 of one whose channel has counted once: it counts here again, to no effect.
  case spentTimer
  /// KVM_GET_CLOCK, the host's TSC and the machine's time, in one moment.
  case clocks
  /// The devices in this program, the split IOAPIC among them.
  case devices
  /// All devices say their levels.
  case levels
}

/// The order in which the pieces of a machine are read, and that in which they are written.
///
/// The only place that has it: what saves and what brings back goes through ``saving`` and ``restoring``.
/// Each edge has its reason, and ``StateOrder/violations`` says which of them an order does not keep.
struct StateOrder: Sendable {
  /// Pieces that come once, or all for one vCPU and then all for the next.
  enum Stage: Sendable {
    case once([StatePiece])
    case eachVCPU([StatePiece])

    var pieces: [StatePiece] {
      switch self {
      case .once(let pieces), .eachVCPU(let pieces): pieces
      }
    }
  }

  /// What has to come before what, and why.
  struct Edge: Hashable, Sendable {
    let earlier: StatePiece
    let later: StatePiece
    let reason: String

    init(_ earlier: StatePiece, before later: StatePiece, _ reason: String) {
      (self.earlier, self.later, self.reason) = (earlier, later, reason)
    }
  }

  let stages: [Stage]
  let edges: [Edge]

  /// The edges that the stages do not keep: whose pieces come the other way round, or do not both come.
  var violations: [Edge] {
    let order = stages.flatMap(\.pieces)
    return edges.filter { edge in
      guard let earlier = order.firstIndex(of: edge.earlier),
        let later = order.firstIndex(of: edge.later)
      else { return true }
      return earlier >= later
    }
  }

  // MARK: Saving

  static let saving = StateOrder(
    stages: [
      .once([.timerExpiry]),
      .eachVCPU(
        [.settling, .vcpu(.runState), .vcpu(.events), .vcpu(.features), .vcpu(.specialRegisters)]
          + [.vcpu(.registers), .vcpu(.extendedControl), .vcpu(.extendedState)]
          + [.vcpu(.debugRegisters), .vcpu(.localAPIC), .vcpu(.modelSpecificRegisters)]
          + [.tscOffset, .loop]),
      .once(
        [
          .controller(.primaryPIC), .controller(.secondaryPIC), .controller(.ioapic), .lines,
          .timer,
        ]
          + [.devices, .clocks]),
    ],
    edges: [
      Edge(
        .timerExpiry, before: .vcpu(.localAPIC),
        "nothing reports whether the i8254's last interrupt came; once it must have, it is in the IRR"
      ),
      Edge(
        .settling, before: .vcpu(.localAPIC),
        "an expiry of the local APIC's timer is in KVM's own count until KVM_RUN moves it into the IRR"
      ),
      Edge(
        .settling, before: .vcpu(.events),
        "what is settled may be in delivery then, which is one of the events"),
      Edge(
        .vcpu(.runState), before: .vcpu(.events),
        "reading the run state takes a pending INIT or start-up message, which changes nearly all else"
      ),
      Edge(
        .vcpu(.events), before: .vcpu(.specialRegisters),
        "reading the events moves a pending exception's payload into CR2"),
      Edge(
        .vcpu(.events), before: .vcpu(.debugRegisters),
        "reading the events moves a payload into DR6"
      ),
      Edge(
        .vcpu(.localAPIC), before: .clocks,
        "the timer's count is of the moment at which it is read; with an earlier TSC it would be early by it"
      ),
      Edge(
        .vcpu(.localAPIC), before: .timer,
        "a tick in between is late by a period then; the other way round it would be early"),
    ])

  // MARK: Restoring

  static let restoring = StateOrder(
    stages: [
      .once([.spentTimer, .clocks]),
      .eachVCPU(
        [.tscOffset, .vcpu(.features), .vcpu(.specialRegisters), .vcpu(.registers)]
          + [.vcpu(.extendedControl), .vcpu(.extendedState), .vcpu(.debugRegisters)]),
      .once(
        [.controller(.primaryPIC), .controller(.secondaryPIC), .controller(.ioapic)]
          + [.lines]),
      .eachVCPU(
        [.vcpu(.localAPIC), .vcpu(.modelSpecificRegisters), .vcpu(.events), .vcpu(.runState)]
          + [.loop, .entry]),
      .once([.timer, .devices, .levels]),
    ],
    edges: [
      Edge(
        .clocks, before: .vcpu(.modelSpecificRegisters),
        "a paravirtual clock reads the kernel's clock when its MSR is set"),
      Edge(
        .clocks, before: .vcpu(.localAPIC),
        "the TSC is on its way when the timer starts: the timer is late by the time in between, not early"
      ),
      Edge(
        .tscOffset, before: .vcpu(.modelSpecificRegisters),
        "a TSC deadline is compared with the TSC when it is set"),
      Edge(
        .vcpu(.features), before: .vcpu(.specialRegisters),
        "they decide which bits of CR4 and EFER there are; some kernels take them before the first entry only"
      ),
      Edge(
        .vcpu(.features), before: .vcpu(.extendedControl),
        "they decide which bits of XCR0 there are"),
      Edge(
        .vcpu(.features), before: .vcpu(.modelSpecificRegisters), "they decide which MSRs there are"
      ),
      Edge(
        .vcpu(.specialRegisters), before: .vcpu(.localAPIC),
        "they bring APIC base, which switches the local APIC on and chooses its mode"),
      Edge(
        .vcpu(.localAPIC), before: .vcpu(.modelSpecificRegisters),
        "a TSC deadline is dropped, without an error, while the timer is in another mode; and setting the "
          + "local APIC clears it"),
      Edge(
        .vcpu(.specialRegisters), before: .vcpu(.events),
        "they bring the vector of an interrupt in delivery and no more; the events say the rest"),
      Edge(.vcpu(.registers), before: .vcpu(.events), "setting them drops a pending exception"),
      Edge(
        .vcpu(.specialRegisters), before: .vcpu(.runState),
        "a boot processor at its reset vector is made runnable by them"),
      Edge(
        .vcpu(.events), before: .vcpu(.runState),
        "whether the vCPU halts is decided with all that could wake it in place"),
      Edge(
        .vcpu(.runState), before: .entry,
        "without an entry the shared page does not say whether interrupts can be taken"),
      Edge(
        .spentTimer, before: .clocks,
        "it takes as long as it counts, which the guest is not to notice"),
      Edge(
        .spentTimer, before: .controller(.primaryPIC),
        "it counts again, and setting the controllers takes its interrupt back"
      ),
      Edge(.spentTimer, before: .controller(.ioapic), "likewise"),
      Edge(
        .controller(.primaryPIC), before: .lines,
        "setting a controller overwrites what was said to it"),
      Edge(.controller(.secondaryPIC), before: .lines, "likewise"),
      Edge(.controller(.ioapic), before: .lines, "likewise"),
      Edge(
        .lines, before: .vcpu(.localAPIC),
        "the IOAPIC forgets that an edge was delivered while the line is still high, and takes its level for "
          + "a new one: what it delivers of that a local APIC after reset does not take, and an NMI of it the "
          + "events replace"),
      Edge(.lines, before: .vcpu(.events), "likewise"),
      Edge(
        .vcpu(.localAPIC), before: .levels,
        "a level that the IOAPIC has not delivered is delivered when it is said again"),
      Edge(
        .vcpu(.localAPIC), before: .timer,
        "setting the i8254 starts it, and setting the others would overwrite a tick of it"),
      Edge(.controller(.ioapic), before: .timer, "likewise"),
      Edge(.controller(.primaryPIC), before: .timer, "likewise"),
      Edge(
        .devices, before: .levels,
        "they have to be what they were before they say what follows from it"),
    ])
}
