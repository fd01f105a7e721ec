public import Exploration
public import TimerModels

/// The parts of ``CountCompareWorld`` that are searched each for itself.
public enum CountCompareSetting: String, Hashable, Sendable, CaseIterable {
  /// Everything that happens to a timer in software, at 100 MHz and at 1 GHz.
  case registers = "count-compare"
  /// The same at 300 MHz, where neither a tick nor a wrap is a whole number of nanoseconds.
  case fractional = "count-compare-300mhz"
  /// A timer that is handed to hardware and taken back.
  case hardware = "count-compare-hardware"
  /// A guest's write of Cause that takes two steps.
  case splitCause = "count-compare-cause"
  /// A timer in software whose guest has a Count and a Compare in hardware.
  case splitCompare = "count-compare-context"
  /// Every register, and what is refused or ignored.
  case access = "count-compare-access"

  /// What can happen.
  public var alphabet: [CountCompareAction] {
    switch self {
    case .registers: CountCompareAction.registers
    case .fractional: CountCompareAction.registers.filter { $0 != .changeFrequency }
    case .hardware: CountCompareAction.hardware
    case .splitCause: CountCompareAction.splitCause
    case .splitCompare: CountCompareAction.splitCompare
    case .access: CountCompareAction.access
    }
  }

  /// Makes a hypervisor's timer ready to be searched.
  public func world<Host: CountCompareHost>(of host: Host.Type) -> AnyWorld
  where Host.Timer: CountCompareRules {
    world(of: host, with: Host.Timer(at: .origin))
  }

  /// Makes a hypervisor's timer of some kind ready to be searched.
  ///
  /// - Parameters:
  ///   - host: The hypervisor.
  ///   - kind: Any timer of the kind.
  /// - Returns: The world with a timer as after reset.
  public func world<Host: CountCompareHost>(of host: Host.Type, with kind: Host.Timer) -> AnyWorld {
    let rate: CountCompareIdeal.Rate =
      self == .fractional ? .threeHundredMegahertz : .hundredMegahertz
    let home: UInt32 = self == .access ? 0x2468_ace0 : 0
    return AnyWorld(CountCompareWorld<Host>(kind, rate: rate, home: home), alphabet: alphabet)
  }

  /// Makes a timer that is somewhere else ready to be searched.
  public func world(of service: any CountCompareService) -> AnyWorld {
    world(
      of: PlainCountCompareHost<RemoteCountCompareTimer>.self,
      with: RemoteCountCompareTimer(service))
  }

  /// The right timer.
  ///
  /// Here and not where it is used, since here the compiler sees every type and every function, and
  /// makes of the search what it is for this one timer: seven times as fast.
  public var model: NamedWorld {
    NamedWorld(
      name: rawValue, title: title, depth: self == .fractional ? 20 : .max,
      world: world(of: PlainCountCompareHost<CountCompareTimer>.self))
  }

  private var title: String {
    switch self {
    case .registers: "MIPS Count/Compare: registers, freeze and thaw, frequency, migration"
    case .fractional: "the same at 300 MHz, where a tick is not a whole number of nanoseconds"
    case .hardware: "MIPS Count/Compare: handed over to hardware and taken back"
    case .splitCause: "MIPS Count/Compare: a write of Cause in two steps"
    case .splitCompare: "MIPS Count/Compare: a write of Compare, and of the registers in hardware"
    case .access: "MIPS Count/Compare: every register, and what is refused or ignored"
    }
  }
}
