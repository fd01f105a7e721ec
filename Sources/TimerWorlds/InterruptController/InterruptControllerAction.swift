public import Exploration

/// What must never happen to an interrupt controller.
public enum InterruptControllerProperty: String, Hashable, Sendable, CaseIterable {
  /// A CPU is interrupted, and nothing is due there.
  case stale = "stale-interrupt"
  /// An interrupt is due at a CPU, and it is not interrupted.
  case lost = "lost-interrupt"
  /// GICC_IAR gave another interrupt, or another source, than what is due.
  case wrongAcknowledge = "wrong-acknowledge"
  /// GICD_ISPENDR does not show what is pending.
  case pendingValue = "pending-value"
  /// GICD_ISACTIVER does not show what is active.
  case activeValue = "active-value"
  /// GICD_ICFGR does not show how interrupts are triggered.
  case configurationValue = "icfgr-value"
  /// GICC_RPR does not show the priority of what runs.
  case runningPriority = "rpr-value"
  /// GICC_HPPIR does not show what would be due if nothing ran.
  case highestPending = "hppir-value"
  /// A write changed what it must not change, or did not change what it must.
  case effect = "write-effect"
}

/// What happens to an interrupt controller, and at which of two CPUs.
public struct InterruptControllerAction: Hashable, Sendable, CustomStringConvertible {
  /// What happens.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    // Devices drive their lines.
    case raisePPI = "ppi-high"
    case lowerPPI = "ppi-low"
    case raiseSPI = "spi-high"
    case lowerSPI = "spi-low"
    // Software, at a CPU's interface.
    case acknowledge = "read-iar"
    case endInterrupt = "write-eoir"
    case deactivate = "write-dir"
    case switchInterface = "switch-cpu"
    case switchSplit = "switch-eoimode"
    // Software, at the distributor.
    case sendToOther = "sgi-other"
    case sendToSelf = "sgi-self"
    case setSGI = "sgi-set-pending"
    case enablePPI = "ppi-enable"
    case disablePPI = "ppi-disable"
    case setPPI = "ppi-set-pending"
    case clearPPI = "ppi-clear-pending"
    case deactivatePPI = "ppi-clear-active"
    case setSPI = "spi-set-pending"
    case clearSPI = "spi-clear-pending"
    case enableSPI = "spi-enable"
    case disableSPI = "spi-disable"
    case retarget = "spi-retarget"
    case switchTrigger = "spi-switch-trigger"
    // Priorities, between 0 and a lower one, and the mask that lets 0 alone through.
    case switchPPIPriority = "ppi-switch-priority"
    case switchSPIPriority = "spi-switch-priority"
    case switchMask = "switch-pmr"
    // GICC_BPR, between one that keeps the two priorities apart and one that does not.
    case switchGrouping = "switch-bpr"
    // The rest of the distributor.
    case switchForwarding = "switch-distributor"
    case switchActive = "ppi-switch-active"
    case addSource = "sgi-add-source"
    case removeSource = "sgi-remove-source"
    /// Everything is read, and written that is to change nothing.
    case look

    /// Whether it matters at which CPU.
    var isBanked: Bool {
      switch self {
      case .raiseSPI, .lowerSPI, .switchSplit, .setSPI, .clearSPI, .enableSPI, .disableSPI,
        .retarget, .switchTrigger, .switchSPIPriority, .switchForwarding, .look:
        false
      default: true
      }
    }
  }

  /// What happens.
  public var kind: Kind
  /// At which CPU; 0 where it does not matter.
  public var cpu: Int

  /// Creates an action.
  public init(_ kind: Kind, cpu: Int = 0) {
    self.kind = kind
    self.cpu = cpu
  }

  /// The word for it in a replay string: the CPU's number comes last.
  public var description: String { kind.rawValue + (kind.isBanked ? "@\(cpu)" : "") }

  /// Who does it: software in the guest, or a device that the host drives.
  public var actor: Actor {
    switch kind {
    case .raisePPI, .lowerPPI, .raiseSPI, .lowerSPI: .host
    default: .guest
    }
  }

  /// The actions of these kinds at both CPUs.
  public static func both(_ kinds: [Kind]) -> [InterruptControllerAction] {
    kinds.flatMap { kind in
      (kind.isBanked ? [0, 1] : [0]).map { InterruptControllerAction(kind, cpu: $0) }
    }
  }
}
