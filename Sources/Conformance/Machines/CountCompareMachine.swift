public import TimerModels

/// A MIPS CPU with a Count/Compare timer, as far as conformance scripts see it.
///
/// Generic over the timer, so that a historic variant can be put to the same scripts.
///
/// Time is virtual and starts at 0, on the edge of a tick. The host behind the timer is
/// punctual: it wakes the model at each alarm exactly, and nowhere else.
public struct CountCompareMachine<Timer: CountCompareInterface>: ConformanceMachine {
  /// The words of scripts for MIPS.
  public typealias Vocabulary = MIPSVocabulary

  /// The work that is left.
  public var budget: ConformanceBudget

  /// What each operation, each sample and each interrupt taken costs.
  let costNanoseconds: UInt64
  let frequency: CountFrequency
  /// The timer's registers as after reset: a device that cannot be saved has no past to look at later.
  let boot: (cause: CP0Cause, compare: UInt32)
  var timer: Timer
  var status: CP0Status = .interruptMask7
  var now = Instant.origin
  var handler = InterruptHandler()
  /// The number of interrupts taken when the last `idle` ended.
  var interruptsAtIdle: UInt64 = 0

  /// What happens at an interrupt, and what has been seen there.
  struct InterruptHandler {
    var kind = MIPSVocabulary.Handler.mask
    var argument: UInt64 = 0
    /// Interrupts taken since `kind` was chosen.
    var takenByKind: UInt64 = 0
    var limit: UInt64 = 1000
    var taken: UInt64 = 0
    /// Count - Compare at the last entry.
    var lead: UInt32 = 0
    /// Cause.TI at the last entry.
    var sawTimerInterrupt = false
  }

  /// Creates a machine in the grammar's start state: Count = 0x1000 and running, Compare =
  /// 0x80000000, Status.IM7 set, and a handler that clears it.
  ///
  /// - Parameters:
  ///   - kind: Any timer of the kind to test; the machine makes its own.
  ///   - frequency: How fast Count runs.
  ///   - costNanoseconds: The time that each operation takes.
  ///   - budget: How much work each scenario may do.
  public init(
    timer kind: Timer, frequency: CountFrequency = .default, costNanoseconds: UInt64 = 0,
    budget: ConformanceBudget = ConformanceBudget()
  ) {
    self.budget = budget
    self.costNanoseconds = costNanoseconds
    self.frequency = frequency
    timer = kind.restarted(at: now, frequency: frequency)
    boot = (
      CP0Cause(rawValue: timer.perform(at: now, guest: .readCause)),
      timer.perform(at: now, guest: .readCompare)
    )
    _ = timer.perform(at: now, guest: .writeCount(0x1000))
    _ = timer.perform(at: now, guest: .writeCompare(0x8000_0000))
  }

  // MARK: - Registers

  /// `read`.
  public mutating func read(_ source: MIPSVocabulary.Source, argument: UInt64) -> ConformanceValue {
    switch source {
    case .count: ConformanceValue(access(.readCount))
    case .compare: ConformanceValue(access(.readCompare))
    case .cause: ConformanceValue(access(.readCause))
    case .cc: ConformanceValue(access(.readCycleCounter))
    // Count advances with every second cycle, as KVM has it for all but a few old CPUs.
    case .ccres: ConformanceValue(2)
    case .ti: flag(readCause().contains(.timerInterrupt))
    case .ip7: flag(readCause().contains(.pending7))
    case .dc: flag(readCause().contains(.disableCount))
    case .ie: flag(status.contains(.interruptEnable))
    case .im7: flag(status.contains(.interruptMask7))
    case .exl: flag(status.contains(.exceptionLevel))
    case .ipti: ConformanceValue(7)
    case .others: ConformanceValue(UInt64(readCause().pendingInterrupts & 0x7f))
    case .line: flag(status.wouldTakeInterrupt(cause: readCause()))
    case .irqs: ConformanceValue(handler.taken)
    case .lead: ConformanceValue(UInt64(handler.lead), isSigned: true)
    case .handlerTI: flag(handler.sawTimerInterrupt)
    case .bootTI: flag(boot.cause.contains(.timerInterrupt))
    case .bootDC: flag(boot.cause.contains(.disableCount))
    case .bootCompare: ConformanceValue(UInt64(boot.compare))
    // A new timer counts from 0 (CC-5).
    case .bootCount: ConformanceValue(0)
    }
  }

  /// A register in an expression.
  public mutating func read(_ register: MIPSVocabulary.Register) -> UInt64 {
    switch register {
    case .count: access(.readCount)
    case .compare: access(.readCompare)
    }
  }

  /// `write`.
  public mutating func write(
    _ destination: MIPSVocabulary.Destination, argument: UInt64, _ value: UInt64
  ) {
    let value = UInt32(truncatingIfNeeded: value)
    switch destination {
    case .count: access(.writeCount(value))
    case .compare: access(.writeCompare(value))
    case .cause: access(.writeCause(value))
    }
  }

  /// `set`.
  public mutating func set(_ flag: MIPSVocabulary.Flag, _ isSet: Bool) {
    switch flag {
    case .dc:
      let others = readCause().subtracting(.disableCount)
      access(.writeCause(others.union(isSet ? .disableCount : []).rawValue))
    case .ie: status.set(.interruptEnable, isSet)
    case .im7: status.set(.interruptMask7, isSet)
    case .exl: status.set(.exceptionLevel, isSet)
    }
  }

  /// `handler`.
  public mutating func handle(with kind: MIPSVocabulary.Handler, argument: UInt64) {
    handler.kind = kind
    handler.argument = argument
    handler.takenByKind = 0
  }

  /// `limit`.
  public mutating func limitHandler(to interrupts: UInt64) {
    handler.limit = interrupts
  }

  /// Count - Compare, read by reading Count.
  public mutating func readDistance() -> Int64 {
    MIPSVocabulary.signed(access(.readCount) &- access(.readCompare))
  }

  /// One sample.
  public mutating func sample(_ sample: MIPSVocabulary.Sample) -> Bool {
    switch sample {
    case .ti: readCause().contains(.timerInterrupt)
    }
  }

  @discardableResult
  mutating func access(_ access: CountCompareGuestAccess) -> UInt64 {
    UInt64(timer.perform(at: now, guest: access))
  }

  mutating func readCause() -> CP0Cause {
    CP0Cause(rawValue: timer.perform(at: now, guest: .readCause))
  }

  private func flag(_ isSet: Bool) -> ConformanceValue { ConformanceValue(isSet ? 1 : 0) }
}

extension CountCompareMachine where Timer: CountCompareRules {
  /// Creates a machine in the grammar's start state, with a model as its timer.
  public init(
    frequency: CountFrequency = .default, costNanoseconds: UInt64 = 0,
    budget: ConformanceBudget = ConformanceBudget()
  ) {
    self.init(
      timer: Timer(at: .origin), frequency: frequency, costNanoseconds: costNanoseconds,
      budget: budget)
  }
}

extension CP0Status {
  fileprivate mutating func set(_ bits: CP0Status, _ isSet: Bool) {
    if isSet { formUnion(bits) } else { subtract(bits) }
  }
}
