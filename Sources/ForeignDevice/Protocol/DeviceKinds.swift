internal import CForeignDevice

/// What a foreign device is.
public struct DeviceKinds: OptionSet, Hashable, Sendable, CustomStringConvertible {
  /// The protocol's bits.
  public let rawValue: UInt32

  /// Wraps the protocol's bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A MIPS Count/Compare timer.
  public static let countCompare = DeviceKinds(rawValue: UInt32(SWVMM_COUNT_COMPARE))
  /// An Arm generic timer.
  public static let genericTimer = DeviceKinds(rawValue: UInt32(SWVMM_GENERIC_TIMER))
  /// A GICv2: distributor and CPU interfaces.
  public static let interruptController = DeviceKinds(rawValue: UInt32(SWVMM_GIC))

  /// The three, each by itself.
  public static let single: [DeviceKinds] = [.countCompare, .genericTimer, .interruptController]

  /// All of them.
  public static let all: DeviceKinds = [.countCompare, .genericTimer, .interruptController]

  /// The bits of a result's lines that are theirs.
  var lines: UInt32 {
    (contains(.countCompare) ? 1 << 0 : 0) | (contains(.genericTimer) ? 1 << 1 | 1 << 2 : 0)
      | (contains(.interruptController) ? 0xff << 8 : 0)
  }

  /// The kinds by the names that commands have for them, joined by `+`.
  public var description: String {
    let names: [(DeviceKinds, String)] = [
      (.countCompare, "count-compare"), (.genericTimer, "generic-timer"),
      (.interruptController, "gic"),
    ]
    return names.filter { contains($0.0) }.map(\.1).joined(separator: "+")
  }
}
