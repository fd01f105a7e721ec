internal import GuestImages
internal import KVM
internal import LinuxHost

/// How a timer's interrupt gets to the guest.
public enum InterruptRoute: String, CaseIterable, Hashable, Sendable {
  /// Queued at the vCPU by its own thread (`--irqchip user`).
  case inject
  /// `KVM_IRQ_LINE` (`--irqchip kernel`, as the next three).
  case irqLine = "irq-line"
  /// `KVM_IRQFD`: an event makes an edge.
  case irqfd
  /// `KVM_IRQFD` with a resample event: a level, which the guest's end of interrupt lowers.
  case irqfdResample = "irqfd-resample"
  /// `KVM_SIGNAL_MSI`, past the IOAPIC.
  case msi
  /// The IOAPIC of this program, whose messages go to the kernel's local APICs (`--irqchip split`).
  case split

  /// Where the interrupt controllers have to be.
  public var irqchip: IRQChip {
    switch self {
    case .inject: .user
    case .split: .split
    case .irqLine, .irqfd, .irqfdResample, .msi: .kernel
    }
  }
  /// Whether the guest has to expect edges.
  public var isEdge: Bool { self == .irqfd || self == .msi }
}
