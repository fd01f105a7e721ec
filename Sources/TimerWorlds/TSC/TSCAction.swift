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
  /// A write asks for an update of the master clock that changes nothing.
  case needlessUpdate = "needless-update"
  /// An update of the master clock is due, and is not asked for, or not done.
  case missingUpdate = "missing-update"
  /// A vCPU's TSC or IA32_TSC_ADJUST is another than what was written.
  case register = "tsc-register"
  /// A vCPU's clock is not computed anew where its TSC moved or the master clock did: it jumps or goes back.
  case clockJump = "clock-jump"
  /// A decision names another generation, set or offset than what came of it.
  case record = "decision-record"
  /// A TSC counts at another rate than the one that was set.
  case rate = "tsc-rate"
  /// What is to be refused was carried out, or what is to be carried out was refused.
  case refusal = "wrong-refusal"
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
    // The guest writes its TSC: 0, and a second ahead.
    case guestZero = "guest-zero"
    case guestAhead = "guest-ahead"
    // The guest writes IA32_TSC_ADJUST: 0, a second more, and a second less.
    case adjustZero = "adjust-zero"
    case adjustAhead = "adjust+1s"
    case adjustBehind = "adjust-1s"
    /// The host writes IA32_TSC_ADJUST, which is stored.
    case hostAdjust = "host-adjust"
    // The host writes a TSC that is a second off, on either side, and a cycle less than that.
    case writeSecondAhead = "due+1s"
    case writeLessAhead = "due+1s-1"
    case writeSecondBehind = "due-1s"
    case writeLessBehind = "due-1s+1"
    /// The host writes 2^64 - 1.
    case writeLast = "last"
    // The host writes an offset: the last one again, and another.
    case offsetSame = "offset-same"
    case offsetOther = "offset-other"
    // The host sets a vCPU's frequency: its own, one that it tolerates, and twice its own.
    case frequencyHost = "1ghz"
    case frequencyNear = "1ghz+100ppm"
    case frequencyDouble = "2ghz"
    // The guest registers a kvmclock, by the old MSR or the new one.
    case registerOld = "old-clock"
    case registerNew = "new-clock"
    /// The host is suspended, and its TSC comes back lower.
    case suspend
    /// The host's kernel finds another clock to keep time by.
    case loseClock = "lose-clock"
    /// Everything is read, and tried that is to be refused.
    case look

    var nanoseconds: UInt64? {
      switch self {
      case .passLittle: 40_000_000
      case .passMost: 970_000_000
      case .passSecond: 1_000_000_000
      default: nil
      }
    }

    /// Whether it concerns no vCPU in particular.
    var isOfVM: Bool {
      nanoseconds != nil || [.create, .suspend, .loseClock, .look].contains(self)
    }
  }

  /// What happens.
  public var kind: Kind
  /// To which vCPU; 0 where there is no choice.
  public var vcpu: Int

  /// Creates an action.
  public init(_ kind: Kind, vcpu: Int = 0) {
    self.kind = kind
    self.vcpu = vcpu
  }

  /// The word for it in a replay string: the vCPU's number comes last.
  public var description: String {
    kind.isOfVM ? kind.rawValue : "\(kind.rawValue)@\(vcpu)"
  }

  /// Who does it.
  public var actor: Actor {
    switch kind {
    case .passLittle, .passMost, .passSecond: .time
    case .enter, .guestZero, .guestAhead, .adjustZero, .adjustAhead, .adjustBehind, .registerOld,
      .registerNew:
      .guest
    default: .host
    }
  }
}
