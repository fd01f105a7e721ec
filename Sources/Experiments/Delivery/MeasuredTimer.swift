internal import GuestImages
internal import VMM

/// The timers that a campaign measures; the raw value is what people call them.
public enum MeasuredTimer: String, CaseIterable, Sendable {
  case countCompare = "count-compare"
  case generic, pit, apic
  case tscDeadline = "tsc-deadline"

  /// What the guest `deadlines` calls it.
  var guestNumber: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  /// Whether what the guest records of it is the start of a count, not a deadline.
  var countsDown: Bool { self == .pit || self == .apic }
  /// How many vCPUs can have one each.
  var cpusMax: Int {
    switch self {
    case .pit: 1
    case .generic: Int(PLATFORM_GIC_CPUS)
    case .countCompare, .apic, .tscDeadline: MachineConfiguration.cpusMax
    }
  }
  /// Whether it is one of KVM's own, on which no route and no waiting of ours has an influence.
  public var isKernels: Bool { self != .countCompare && self != .generic }
}
