public import BugMuseum
internal import GuestImages
internal import KVM
public import VMM

extension Fault {
  /// What a guest reaches the device by that has the bug; nil where that is none of the platform's.
  private var device: (name: String, addresses: [ClosedRange<UInt64>])? {
    func frame(_ base: some BinaryInteger, _ size: some BinaryInteger) -> ClosedRange<UInt64> {
      UInt64(base)...UInt64(base) + UInt64(size) - 1
    }
    return switch self {
    case .countCompare:
      ("Count/Compare timer", [frame(PLATFORM_CP0, PLATFORM_CP0_SIZE)])
    case .genericTimer, .lineMemory:
      ("generic timer", [frame(PLATFORM_GENERIC_TIMER, PLATFORM_GENERIC_TIMER_SIZE)])
    case .interruptController:
      (
        "interrupt controller",
        [frame(PLATFORM_GICD, PLATFORM_GICD_SIZE), frame(PLATFORM_GICC, PLATFORM_GICC_SIZE)]
      )
    case .tsc: nil
    }
  }

  /// The device that has the bug, if a guest did not access it: it could not meet the bug.
  ///
  /// - Parameter statistics: The guest's exits.
  /// - Returns: The device's name; nil where it was accessed, or that is not known.
  public func deviceUnused(in statistics: ExitStatistics) -> String? {
    guard let device else { return nil }
    let isUsed = statistics.rows.contains { row in
      guard let kind = row.kind else { return true }
      guard let address = kind.memoryAddress else { return false }
      return device.addresses.contains { $0.contains(address) }
    }
    return isUsed ? nil : device.name
  }
}
