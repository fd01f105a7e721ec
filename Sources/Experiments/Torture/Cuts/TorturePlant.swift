/// A deliberate fault between save and restore, by which the search proves that it can find one.
public enum TorturePlant: String, CaseIterable, Hashable, Sendable {
  /// Pending interrupts go from the saved local APIC.
  case loseIRR = "lose-irr"
  /// An interrupt that is in service is pending once more in the saved local APIC; after the handler, too.
  case double
  /// The saved deadline is one that has passed: the local APIC's count or the TSC deadline.
  case staleDeadline = "stale-deadline"
  /// Pending events go: interrupts on their way into the guest, NMIs, their being blocked.
  case dropEvents = "drop-events"
  /// The TSC deadline is written before the local APIC that must be in deadline mode to take it, the IOAPIC
  /// before the local APIC that it injects into, and events before the registers.
  case wrongOrder = "wrong-order"

  /// What is damaged, in the order in which it is read; all for an order.
  ///
  /// *Why no more is carried in the same VM:* what KVM itself loses by writing the rest would hide the plant.
  var parts: [TorturePart] {
    switch self {
    case .loseIRR, .double: [.localAPIC]
    case .staleDeadline: [.localAPIC, .deadline]
    case .dropEvents: [.events]
    case .wrongOrder: TorturePart.readingOrder
    }
  }

  /// Whether a subject has what is damaged.
  public func touches(_ subject: TortureSubject) -> Bool {
    switch self {
    // A one-shot that has run out KVM starts once more: what the plant takes, that gives back.
    case .loseIRR: subject.usesLocalAPICVector && subject != .apicOneShot
    // A tick of the PIT's that comes too early hides in what it may be late, and a level may come twice.
    case .double:
      subject.usesLocalAPICVector && subject != .pitPeriodic && subject != .ioapicLevel
    case .staleDeadline:
      [.apicOneShot, .apicPeriodic, .apicDeadline].contains(subject)
    case .dropEvents: subject == .nmi
    case .wrongOrder: subject == .apicDeadline
    }
  }
}

extension TortureSubject {
  fileprivate var usesLocalAPICVector: Bool {
    switch law {
    case .oneShot, .periodic: true
    case .raised: self != .nmi
    case .clock, nil: false
    }
  }
}
