internal import GuestImages
internal import KVM
public import VMM

/// A timer or the interrupt controller of the platform, as a guest reaches it.
public enum PlatformDevice: Hashable, Sendable {
  case countCompare
  case genericTimer
  case interruptController

  /// What it is, in words.
  public var name: String {
    switch self {
    case .countCompare: "Count/Compare timer"
    case .genericTimer: "generic timer"
    case .interruptController: "interrupt controller"
    }
  }

  private var addresses: [ClosedRange<UInt64>] {
    func frame(_ base: some BinaryInteger, _ size: some BinaryInteger) -> ClosedRange<UInt64> {
      UInt64(base)...UInt64(base) + UInt64(size) - 1
    }
    return switch self {
    case .countCompare: [frame(PLATFORM_CP0, PLATFORM_CP0_SIZE)]
    case .genericTimer: [frame(PLATFORM_GENERIC_TIMER, PLATFORM_GENERIC_TIMER_SIZE)]
    case .interruptController:
      [frame(PLATFORM_GICD, PLATFORM_GICD_SIZE), frame(PLATFORM_GICC, PLATFORM_GICC_SIZE)]
    }
  }

  /// Whether a guest did not access it.
  ///
  /// - Parameter statistics: The guest's exits.
  /// - Returns: Whether; false where it is not known.
  public func isUnused(in statistics: ExitStatistics) -> Bool {
    !statistics.rows.contains { row in
      guard let kind = row.kind else { return true }
      guard let address = kind.memoryAddress else { return false }
      return addresses.contains { $0.contains(address) }
    }
  }
}
