internal import GuestImages

/// Where the interrupt controllers are: `--irqchip`.
public enum IRQChip: String, CaseIterable, Hashable, Sendable {
  /// In this program; HLT exits, interrupts go in by KVM_INTERRUPT, or with KVM_RUN.
  case user
  /// In the kernel: PIC, IOAPIC, local APICs.
  case kernel
  /// Local APICs in the kernel, the IOAPIC in this program.
  case split

  var platformNumber: UInt32 {
    switch self {
    case .user: UInt32(PLATFORM_IRQCHIP_USER)
    case .kernel: UInt32(PLATFORM_IRQCHIP_KERNEL)
    case .split: UInt32(PLATFORM_IRQCHIP_SPLIT)
    }
  }
}
