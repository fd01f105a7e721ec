public import KVM

/// One of the last exits of a vCPU.
public struct RecentExit: Hashable, Sendable, CustomStringConvertible {
  /// The exit.
  public let exit: VCPUExit
  /// What the first repetition of an `out` wrote; 0 for any other exit.
  public let output: UInt32

  /// The exit as a person reads it: `out 0x3f8 1 = 0x68`.
  public var description: String {
    switch exit {
    case .port(let access):
      let kind = ExitKind(exit).description + (access.isWrite ? " = \(hex(UInt64(output)))" : "")
      return kind + (access.count > 1 ? ", \(access.count) repetitions" : "")
    case .store(_, _, let value): return "\(ExitKind(exit)) = \(hex(value))"
    case .loadRegister(let index): return "rdmsr \(hex(UInt64(index)))"
    case .storeRegister(let index, let value):
      return "wrmsr \(hex(UInt64(index))) = \(hex(value))"
    case .shutdown: return "triple fault or shutdown"
    case .systemEvent(let type): return "system event \(type)"
    case .emulationFailure: return "emulation failure"
    case .internalError(let suberror): return "internal error \(suberror)"
    case .entryFailure(let reason): return "entry failure \(hex(reason))"
    case .unexpected(let reason): return "exit reason \(reason)"
    default: return ExitKind(exit).description
    }
  }
}

/// The last exits of one vCPU, kept of every run in case that its guest falls.
///
/// *Why this costs an exit next to nothing:* the storage is part of its owner, laid out once, and noting is
/// one copy of a value without references; no clock is read.
struct RecentExits: Sendable {
  /// A power of two, so that a place is found without a division.
  static let capacity = 16

  private var total = 0
  private var storage = InlineArray<16, RecentExit>(
    repeating: RecentExit(exit: .interrupted, output: 0))

  /// Notes an exit; a host's kick is none of the guest's.
  mutating func note(_ exit: VCPUExit, output: UInt32) {
    guard !exit.isInterruption else { return }
    storage[total & (Self.capacity - 1)] = RecentExit(exit: exit, output: output)
    total &+= 1
  }

  /// The kept exits, the oldest first.
  var all: [RecentExit] {
    (max(0, total - Self.capacity)..<total).map { storage[$0 % Self.capacity] }
  }
}
