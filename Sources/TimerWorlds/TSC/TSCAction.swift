public import Exploration

/// What must never happen to the TSCs of a VM.
public enum TSCProperty: String, Hashable, Sendable, CaseIterable {
  /// A write matched that should not, or the other way round.
  case decision = "match-decision"
  /// A write gave another TSC than it should.
  case value = "tsc-value"
  /// A TSC that is caught up went past the time.
  case leap = "tsc-leap"
  /// The master clock is possible though not all vCPUs match, or the other way round.
  case masterClock = "master-clock"
}

/// What happens to the TSCs of a VM, and to which vCPU's.
public struct TSCAction: Hashable, Sendable, CustomStringConvertible {
  /// What happens.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    // Time passes.
    case passLittle = "40ms"
    case passMost = "970ms"
    case passSecond = "1s"
    /// A vCPU is created.
    case create
    // The host writes a TSC: 0, the last value again, the value that is expected, one that is
    // nearly a second off, and one that is ten seconds ahead.
    case writeZero = "zero"
    case writeSame = "same"
    case writeDue = "due"
    case writeAhead = "due+900ms"
    case writeBehind = "due-900ms"
    case writeFar = "far"
    /// The guest is entered.
    case enter

    var nanoseconds: UInt64? {
      switch self {
      case .passLittle: 40_000_000
      case .passMost: 970_000_000
      case .passSecond: 1_000_000_000
      default: nil
      }
    }
  }

  /// What happens.
  public var kind: Kind
  /// To which vCPU; 0 where that is no question.
  public var vcpu: Int

  /// Creates an action.
  public init(_ kind: Kind, vcpu: Int = 0) {
    self.kind = kind
    self.vcpu = vcpu
  }

  /// The word for it in a replay string: the vCPU's number comes last.
  public var description: String {
    kind.nanoseconds != nil || kind == .create ? kind.rawValue : "\(kind.rawValue)@\(vcpu)"
  }

  /// Who does it.
  public var actor: Actor {
    kind.nanoseconds != nil ? .time : kind == .enter ? .guest : .host
  }
}
