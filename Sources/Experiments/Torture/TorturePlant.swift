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
}
