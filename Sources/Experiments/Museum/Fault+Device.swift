public import BugMuseum
public import VMM

extension Fault {
  /// The device of the platform that has the bug; nil where that is none.
  private var device: PlatformDevice? {
    switch self {
    case .countCompare: .countCompare
    case .genericTimer, .lineMemory: .genericTimer
    case .interruptController: .interruptController
    case .tsc: nil
    }
  }

  /// The device that has the bug, if a guest did not access it: it could not meet the bug.
  ///
  /// - Parameter statistics: The guest's exits.
  /// - Returns: The device; nil where it was accessed, or that is not known.
  public func deviceUnused(in statistics: ExitStatistics) -> PlatformDevice? {
    device.flatMap { $0.isUnused(in: statistics) ? $0 : nil }
  }
}
